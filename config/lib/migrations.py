"""Migrations that make many tables at once."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """
    Several CreateModel in one step.

    One by one, each makes Django draw anew every model it is connected with, which here is nearly all of
    them: a first `migrate` spent most of its time on that. Together they are drawn once. Only for models that
    are new: an operation that looks at a table as it was must stand alone.
    """

    def __init__(self, operations: list[CreateModel]) -> None:
        """`operations`: in an order in which foreign keys of each lead to earlier ones."""
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add all models; the state is drawn when it is next looked at."""
        state.__dict__.pop("apps", None)
        for each in self.operations:
            each.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Make the tables."""
        for each in self.operations:
            each.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Drop them, the last first."""
        for each in reversed(self.operations):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say what is done."""
        return "Create " + ", ".join(each.name for each in self.operations)

    def references_model(self, name: str, app_label: str) -> bool:
        """Say whether a model has to do with this."""
        return any(each.references_model(name, app_label) for each in self.operations)
