"""The `tocsin.yaml` of a team: read (`load`), compiled into what the other rooms work with (`compile`), kept as a
revision (`revision`), examined for readiness (`check`) and compared (`plan`).

`load` needs ruamel.yaml and is for the command line; everything else is the standard library alone and runs in the
functions.
"""
