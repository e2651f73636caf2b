"""What can go wrong with the ledger. Each text is a sentence for people that says what to do."""


class LedgerError(Exception):
    """Base of everything that the ledger raises on its own account."""


class LedgerMissing(LedgerError):
    """There is no ledger at the address, and none was to be made."""


class SchemaBehind(LedgerError):
    """The ledger was written by an older version and must be migrated first."""


class SchemaAhead(LedgerError):
    """The ledger was written by a newer version than this one."""


class LedgerCorrupt(LedgerError):
    """The ledger is damaged: it is not opened, a backup must be restored."""


class LedgerInUse(LedgerError):
    """Another process holds this ledger."""


class LedgerReadOnly(LedgerError):
    """Nothing can be stored now (disk full, database away). Reads still work."""


class LedgerBroken(LedgerError):
    """A flush to disk failed: what the disk holds is unknown until the process is restarted."""


class BackupFailed(LedgerError):
    """A backup could not be made or restored."""
