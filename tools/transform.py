"""The template as CloudFormation gets it: SAM's transform run here, without an account; then what only shows there.

Usage: ``python -m tools.transform`` prints it as JSON; ``--check`` looks for circular dependencies and runs cfn-lint
over it. Both pass on a SAM source whose transform CloudFormation then refuses (a function that names the state
machine that calls it), so the checks of the source are not enough.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"  # it has every service

#: Where code lies once it is packaged; SAM transforms no local path.
_PACKAGED = "s3://bucket/key"
_LOCAL_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
}
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")


class Untransformable(Exception):
    """SAM refuses the template; the text has its reasons, one a line."""


def transform(
    template: Path = ROOT / "template.yaml", parameters: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The transformed template, as plain JSON values.

    State machine definitions stand in it in full, so that what reads the result sees them too. `parameters` are
    values that the transform itself needs to know; none is needed for a template that is sound for all values.

    Raises:
        Untransformable: SAM refuses the template.
    """
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    from samtranslator.parser.parser import Parser
    from samtranslator.public.exceptions import InvalidDocumentException
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    document = _packaged(yaml_parse(template.read_text(encoding="utf-8")), template.parent)
    values = {
        name: str(about["Default"])
        for name, about in document.get("Parameters", {}).items()
        if "Default" in about
    }
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    try:
        result = translator.translate(sam_template=document, parameter_values=values | dict(parameters or {}))
    except InvalidDocumentException as error:
        raise Untransformable("\n".join(str(cause) for cause in error.causes)) from error
    done: dict[str, Any] = json.loads(json.dumps(result))
    return done


def _packaged(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """`document` with code as if packaged and with the state machines' files inside."""
    made: dict[str, Any] = copy.deepcopy(dict(document))
    for resource in made.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        place = _LOCAL_CODE.get(resource["Type"])
        if place and isinstance(properties.get(place), str):
            properties[place] = _PACKAGED
        if resource["Type"] == "AWS::Serverless::StateMachine" and isinstance(
            properties.get("DefinitionUri"), str
        ):
            text = (folder / properties.pop("DefinitionUri")).read_text(encoding="utf-8")
            properties["Definition"] = json.loads(text)
    return made


def edges(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """Each resource with those it waits for: by Ref, Fn::GetAtt, Fn::Sub or DependsOn."""
    resources = template["Resources"]
    return {name: set(_named(body)) & set(resources) for name, body in resources.items()}


def _named(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield inner
            elif key == "Fn::GetAtt":
                yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
            elif key == "Fn::Sub":
                text, own = (inner, {}) if isinstance(inner, str) else inner
                yield from (name for name in _IN_SUB.findall(text) if name not in own)
                yield from _named(own)
            elif key == "DependsOn":
                yield from [inner] if isinstance(inner, str) else inner
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def cycle(template: Mapping[str, Any]) -> list[str]:
    """One circle of resources that wait for each other, first and last the same; [] when there is none."""
    try:
        TopologicalSorter(edges(template)).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def findings(template: Mapping[str, Any]) -> list[str]:
    """What cfn-lint says of the transformed template, one line each."""
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    matches = lint(json.dumps(template, indent=1), config=ManualArgs(regions=[REGION]))
    return [
        f"{match.rule.id} at {'.'.join(map(str, match.path or []))}: {match.message}" for match in matches
    ]


def main(words: Sequence[str]) -> int:
    try:
        template = transform()
    except Untransformable as error:
        print(f"SAM refuses template.yaml: {error}", file=sys.stderr)
        return 1
    if "--check" not in words:
        print(json.dumps(template, indent=2))
        return 0
    circle = cycle(template)
    if circle:
        print(
            f"CloudFormation cannot begin with any of these, for each waits for the next: {' → '.join(circle)}"
        )
    said = findings(template)
    for line in said:
        print(line)
    if not circle and not said:
        print(f"{len(template['Resources'])} resources, no circle, nothing to mend")
    return 1 if circle or said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
