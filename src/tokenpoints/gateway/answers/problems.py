"""What went wrong (RFC 9457)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.domain.actions import Reason
from tokenpoints.gateway.answers.fields import Answer, Points


class ProblemFault(Answer):
    """One thing that is wrong with the request."""

    pointer: str = Field(description="A JSON pointer into the body, or the name of a parameter.")
    detail: str


class StepUpAnswer(Answer):
    """What a token has to be issued for."""

    kind: str = Field(examples=["redeem"])
    points: Points


class ProblemAnswer(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["/problems/reference_conflict"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["reference_conflict"])
    errors: list[ProblemFault] = Field(description="At most 100.")
    errors_omitted: int | None = Field(default=None, description="How many more there are, if any.")
    subjects: list[str] | None = Field(
        default=None, description="With `idempotency_answer_not_kept`: the ids of what was made."
    )
    reason: Reason | None = Field(default=None, description="With `action_refused`: why.")
    step_up: StepUpAnswer | None = Field(default=None, description="With `step_up_required`: what to ask for.")
