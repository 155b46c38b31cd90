"""What builds and checks the project: environments, the gate, the transformed template. Nothing here is shipped."""
