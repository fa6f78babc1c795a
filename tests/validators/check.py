"""Judges FHIR resources by the models of `fhir.resources`, which nobody of this project wrote.

One JSON line in for each document: its number, its release and the resource. One JSON line out: the number, and what
is wrong with it, or null. The models know structure, types and cardinality, not the codes of value sets. R4 is judged
by the models of R4B, which changed none of the types that are sent here.
"""

import importlib
import json
import sys

PACKAGES = {
    "stu3": "fhir.resources.STU3",
    "r4": "fhir.resources.R4B",
    "r4b": "fhir.resources.R4B",
    "r5": "fhir.resources",
}


def model(release: str, kind: str):
    return getattr(importlib.import_module(f"{PACKAGES[release]}.{kind.lower()}"), kind)


def wrong(release: str, resource: dict) -> str | None:
    try:
        model(release, resource["resourceType"]).model_validate(resource)
    except Exception as error:  # whatever it is, the document was not accepted
        return f"{type(error).__name__}: {error}"[:600]
    return None


for line in sys.stdin:
    asked = json.loads(line)
    verdict = {"number": asked["number"], "wrong": wrong(asked["release"], asked["resource"])}
    print(json.dumps(verdict), flush=False)
