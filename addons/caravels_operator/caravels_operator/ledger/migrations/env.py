"""Alembic's entry: runs the versions in the transaction that `migrate` began."""

from alembic import context

from caravels_operator.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_type=True)
context.run_migrations()
