"""The models that a home uses: the bundled ones, and in their place what its operator has put in force.

Nothing of an offer is believed before its signature, size, digest, form and self-test were looked at; only then it is
journalled, and only then used. Whatever is refused or found damaged, the last good one stays.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..forecasting.consumption.card import check_model
from ..forecasting.forecast import Horizon, Skill
from ..forecasting.model import Model, ModelRefused
from ..periods import DAY_S
from ..protocol import ModelFile, ModelOffer, ModelReport, ProtocolError, decode
from ..protocol.errors import RETRY_LATER, ErrorCode
from ..protocol.paths import model_path
from .bundled import bundled_models
from .commands import NO_ID, enqueue
from .engines import best_engine
from .guarded import guarded
from .held import Held
from .journal import Journal
from .model_tables import HORIZON_OF_MODEL
from .outgoing import Outgoing
from .ports import LARGEST_ANSWER_BYTES, OperatorAway, Ports
from .records import KeptModel, OfferState
from .state import ModelState

REPORT_EVERY_S: Final = 7 * DAY_S
_LONGEST_SENTENCE: Final = 200
_CHANGED_KEY: Final = (
    "The operator signs models with another key than the one that this home was paired with. "
    "Ask your operator whether it was changed; if so, pair again with a new link."
)

_LOGGER = logging.getLogger(__name__)


class ModelStore:
    """Keeps the models of a home.

    Args:
        ports: journal, executor and the way to the operator.
        held: the home's state; its offers are followed.
        outgoing: the queue to the operator, or None for a home without one.
        changed: called when `states` has changed.
    """

    def __init__(self, ports: Ports, held: Held, outgoing: Outgoing | None, changed: Callable[[], None]) -> None:
        self._ports = ports
        self._held = held
        self._outgoing = outgoing
        self._changed = changed
        self._models: Mapping[Horizon, Model] | None = None
        self._kept: dict[str, KeptModel] = {}
        self._offers: dict[str, OfferState] = {}
        self._tried: set[ModelOffer] = set()

    async def models(self) -> Mapping[Horizon, Model]:
        """Return the models in use; the same object until they change.

        Raises:
            JournalUnusable: the journal cannot be read.
        """
        if self._models is None:
            kept, offers = await self._ports.journal.run(lambda journal: (journal.models.all(), journal.offers.all()))
            models, damaged = await self._ports.executor.run(partial(_read_all, kept))
            for name in damaged:
                await self._ports.journal.run(partial(_drop, name))
                del kept[name]
            self._kept, self._models = kept, models
            self._offers = {known.offer.name: known for known in offers}
            self._tell()
        return self._models

    async def follow(self) -> None:
        """Do what the operator's offers ask for, as far as that is possible and was not tried before.

        Raises:
            OperatorAway: a file could not be fetched.
            JournalUnusable: nothing was changed by the offer at which it failed.
        """
        await self.models()
        for offer in list(self._held.offers.values()):
            kept = self._kept.get(offer.name)
            in_use = kept is not None and (kept.version, kept.sha256) == (offer.version, offer.sha256)
            if not in_use and offer not in self._tried:
                await self._follow(offer)

    def report_due(self, now: int) -> bool:
        """Return whether the operator is to be told how its models do, at the home's time `now` [Unix s]."""
        return any(_is_due(known, now) for known in self._offers.values())

    async def report(self, skills: Mapping[Horizon, Skill | None], now: int) -> None:
        """Tell the operator how the models that it offered do, once a week each.

        Args:
            skills: how the home's consumption forecasts did, by horizon.
            now: the home's time [Unix s].

        Raises:
            JournalUnusable: nothing was queued.
        """
        for name, known in list(self._offers.items()):
            if _is_due(known, now):
                skill = skills.get(HORIZON_OF_MODEL[name])
                await self._settle(known.offer, None, known.refused, skill)

    def states(self) -> tuple[ModelState, ...]:
        """Return how things stand with each model, by name; nothing before they were read."""
        return () if self._models is None else tuple(self._state_of(name) for name in sorted(HORIZON_OF_MODEL))

    def _state_of(self, name: str) -> ModelState:
        kept, offer, known = self._kept.get(name), self._held.offers.get(name), self._offers.get(name)
        model = (self._models or {}).get(HORIZON_OF_MODEL[name])
        version = "" if model is None else model.metadata.get("version", "")
        return ModelState(
            name,
            version if kept is None else kept.version,
            bundled=kept is None,
            offered=None if offer is None else offer.version,
            refused=known.refused if known is not None and known.offer == offer else None,
        )

    async def _follow(self, offer: ModelOffer) -> None:
        model, refused, data = None, None, b""
        try:
            key = await self._ports.journal.run(lambda journal: journal.state.model_key())
            check_signature(offer, key, self._held.hello.model_key if self._held.hello else None)
            data = await self._fetch(offer)
            model = await self._ports.executor.run(partial(read_offered, offer, data))
        except ModelRefused as error:
            refused = str(error)[:_LONGEST_SENTENCE]  # parts of the file may be in it
            _LOGGER.warning("The model %s %s is not used: %s", offer.name, offer.version, refused)
        self._tried.add(offer)
        kept = None if refused else KeptModel(offer.version, offer.sha256, data)
        if await self._settle(offer, kept, refused, None) and kept is not None and model is not None:
            self._kept[offer.name] = kept
            self._models = {**(self._models or {}), HORIZON_OF_MODEL[offer.name]: model}
        self._tell()

    async def _fetch(self, offer: ModelOffer) -> bytes:
        transport = self._ports.transport
        if transport is None:
            raise OperatorAway("there is no way to the operator")
        try:
            answer = await transport.request("GET", model_path(offer.sha256), b"", self._held.paired.token)
            return decode(answer, ModelFile, max_bytes=LARGEST_ANSWER_BYTES).data
        except ProtocolError as error:
            if error.code in RETRY_LATER or error.code is ErrorCode.UNAUTHORISED:
                raise OperatorAway(str(error)) from error
            raise ModelRefused(f"the operator does not hand the file out: {error}") from error

    async def _settle(
        self, offer: ModelOffer, kept: KeptModel | None, refused: str | None, skill: Skill | None
    ) -> bool:
        """Journal what became of an offer and the report of it; return False if another offer has come meanwhile."""
        now = self._ports.clock.now()
        report = _report(offer, refused, skill)

        def store(journal: Journal) -> bool:
            if offer not in (known.offer for known in journal.offers.all()):
                return False
            if kept is not None:
                journal.models.put(offer.name, kept)
            journal.offers.settle(offer, refused)
            journal.offers.reported(offer.name, now)
            if self._outgoing is not None:
                enqueue(journal, self._held.member_id, report, now, now)
            return True

        stored = await self._ports.journal.run(store)
        if stored:
            self._offers[offer.name] = OfferState(offer, refused, now)
            if self._outgoing is not None:
                self._outgoing.wake()
        return stored

    def _tell(self) -> None:
        self._held.models = self.states()
        self._changed()


def check_signature(offer: ModelOffer, key: str | None, present: str | None) -> None:
    """Check that an offer is the word of the operator that this home was paired with.

    Args:
        key: the key that is pinned [hex], or None.
        present: the key that the operator names now [hex], or None.

    Raises:
        ModelRefused: it is not.
    """
    if key is None:
        raise ModelRefused("the operator has not said with which key it signs models")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(offer.signature), offer.signed_bytes()
        )
    except InvalidSignature, ValueError:
        changed = present is not None and present != key
        raise ModelRefused(_CHANGED_KEY if changed else "its signature is not the operator's") from None


def read_offered(offer: ModelOffer, data: bytes) -> Model:
    """Return an offered model, checked.

    Raises:
        ModelRefused: the file is not the one that was offered, cannot be run, or is not what it should be.
    """
    if len(data) != offer.size:
        raise ModelRefused(f"the file has {len(data)} bytes instead of {offer.size}")
    return _read(offer.name, offer.sha256, data)


def _read(name: str, digest: str, data: bytes) -> Model:
    if sha256(data).hexdigest() != digest:
        raise ModelRefused("the file is not the one that was signed")
    model = best_engine()(data)
    return guarded(model, check_model(model, HORIZON_OF_MODEL[name]))


def _read_all(kept: Mapping[str, KeptModel]) -> tuple[Mapping[Horizon, Model], list[str]]:
    """Return the bundled models with the kept ones in their place, and the names of those that are damaged."""
    models, damaged = dict(_bundled()), []
    for name, model in kept.items():
        if name not in HORIZON_OF_MODEL:
            continue  # of a newer version that this one came after
        try:
            models[HORIZON_OF_MODEL[name]] = _read(name, model.sha256, model.data)
        except ModelRefused as error:
            _LOGGER.warning("The model %s %s is not used any more: %s", name, model.version, error)
            damaged.append(name)
    return models, damaged


@cache
def _shared() -> Mapping[Horizon, Model]:
    """Return the bundled models, read once in a process, however many homes live in it."""
    return bundled_models()


def _bundled() -> Mapping[Horizon, Model]:
    """Return the bundled models; none where a file is missing or damaged: a home forecasts without models too."""
    try:
        return _shared()
    except (ModelRefused, OSError) as error:
        _LOGGER.error("The models that come with the software cannot be used: %s", error)
        return {}


def _drop(name: str, journal: Journal) -> None:
    journal.models.drop(name)


def _is_due(known: OfferState, now: int) -> bool:
    """Return whether a report is due; what was never followed yet has none."""
    return 0 < known.reported_at <= now - REPORT_EVERY_S


def _report(offer: ModelOffer, refused: str | None, skill: Skill | None) -> ModelReport:
    return ModelReport(
        id=NO_ID,
        name=offer.name,
        version=offer.version,
        in_use=refused is None,
        refused=refused,
        skill_last_week=None if skill is None else _permille(skill.over_last_week),
        skill_mean_7_days=None if skill is None else _permille(skill.over_mean_7_days),
        days=0 if skill is None else skill.days,
    )


def _permille(share: float) -> int | None:
    """Return a share in parts per thousand, or None where it is not known (nan) or nothing could be won (infinite)."""
    return max(-1_000_000, round(1_000 * share)) if abs(share) < float("inf") else None
