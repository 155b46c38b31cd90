"""The `tocsin` command: each subcommand in a module of its own, loaded when it is called."""
