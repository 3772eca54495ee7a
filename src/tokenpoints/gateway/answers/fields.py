"""What all answers are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Points = Annotated[str, Field(pattern=r"^-?[0-9]+$", examples=["1177"])]
"""In the token's base unit."""
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2017-01-07T18:55:24Z"])]
AddressText = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
"""With the checksum of EIP-55."""
HashText = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Wei = Annotated[str, Field(pattern=r"^[0-9]+$", examples=["1000000000"])]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
