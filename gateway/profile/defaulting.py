"""What a file's `defaults` say for one of its steps.

In charge of one rule: a key that a step writes is the step's, whole, and a null is
written too. Levels below the file (a source, the deployment) are for each key to know.
"""

from __future__ import annotations

from gateway.profile.document import StepDefaults, StepDocument


def defaults_for(step: StepDocument, defaults: StepDefaults) -> StepDefaults:
    """The defaults without the keys that the step says null to."""
    written = step.model_fields_set & StepDefaults.model_fields.keys()
    refused = [name for name in written if getattr(step, name) is None]
    if not refused:
        return defaults
    return defaults.model_copy(update=dict.fromkeys(refused))
