"""Makes a `tocsin.yaml` from what another product's API returns.

`export` reads the JSON, a module per product says what its objects mean, `rotations` and `overrides` bring its rules
of who is on call to ours, `draft` holds the document, `report` what became of each object, `rendering` writes YAML and
`compare` puts the product's own shifts beside ours.
"""
