# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What vendors answer, as JSON and as models, and the one function that reads an answer into one.

A model is annotations, and in its model_config a plain function that turns its names into the vendor's. It has no
decorators, no ``Field()`` and no default that is itself a model: so no schema is built before the first answer, and a
file with models can be imported where pydantic is missing.
"""

from __future__ import annotations

import functools
import typing as t
from types import NoneType

from ansible_collections.cloudops.console.plugins.module_utils._deps import (
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer

CHECK_ENDPOINT = "Check the endpoint and any proxy on the way to it."
# Commas in a document. A page of a thousand servers has some hundred thousand; what has more is garbage, and each part
# of it could be a misfit, half a kilobyte of memory each.
MOST_COMMAS = 400_000
# Misfits that are looked at; a description of each takes a kilobyte.
MANY = 1000


class SilentModel(BaseModel):
    """The base of every model. No representation shows what is in it: that can be a secret."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    def __repr_args__(self) -> t.Sequence[tuple[str | None, t.Any]]:
        """All of pydantic's representations are made of this."""
        return ()


class VendorModel(SilentModel):
    """What a vendor answers: unknown parts are ignored."""

    model_config = ConfigDict(extra="ignore")


Model = t.TypeVar("Model", bound=VendorModel)


def json_object(text: bytes) -> dict[str, t.Any]:
    """Return what a JSON object in UTF-8 says.

    Not by the standard library: that also takes UTF-16, and halves of surrogate pairs, which nothing can write again.

    :raises ValueError: it is something else, or has too many parts.
    """
    if text.count(b",") > MOST_COMMAS:
        raise ValueError("too many parts")
    return _any_object().validate_json(text)


@functools.cache
def _any_object() -> TypeAdapter[dict[str, t.Any]]:
    return TypeAdapter(dict[str, t.Any], config=ConfigDict(hide_input_in_errors=True))


def read_model(model: type[Model], document: object, *, status: int, advice: str = CHECK_ENDPOINT) -> Model:
    """Validate what an answer of that HTTP status holds.

    :raises UnexpectedAnswer: naming the first field that does not fit, never its value.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise UnexpectedAnswer(
            f"the answer lacks a field or has a wrong type in {place_of(model, error)}",
            advice=advice,
            status=status,
            retryable=True,
            ambiguous=True,
        ) from None


def place_of(model: type[VendorModel], error: ValidationError) -> str:
    """Return the way to the first part that does not fit; neither its value nor a name that the document chose."""
    if error.error_count() > MANY:
        return f"{error.error_count()} places"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return _way(model, first["loc"]).lstrip(".") or "the whole of it"


def _way(form: t.Any, loc: tuple[int | str, ...]) -> str:
    """Follow loc through the annotations, as far as they have names and places for it."""
    if not loc:
        return ""
    form = _without_none(form)
    kind, (part, *rest) = t.get_origin(form) or form, loc
    if kind is dict:
        return "[...]"
    if kind is tuple:
        return f"[{part}]{_way(t.get_args(form)[0], (*rest,))}"
    fields = _fields(form) if isinstance(form, type) and issubclass(form, VendorModel) else {}
    return f".{part}{_way(fields[part], (*rest,))}" if part in fields else ""


def _fields(model: type[VendorModel]) -> dict[int | str, t.Any]:
    """Return the annotations of model under the vendor's names."""
    alias = model.model_config.get("alias_generator")
    return {alias(name) if callable(alias) else name: field.annotation for name, field in model.model_fields.items()}


def _without_none(form: t.Any) -> t.Any:
    """Return the form of what may also be null."""
    forms = [each for each in t.get_args(form) if each is not NoneType]
    return forms[0] if len(forms) == 1 and NoneType in t.get_args(form) else form
