"""What the portal keeps: follow-up records with every revision, proposals to change them, accounts and their roles.

A record's content is one JSON value in the form the catalogue's schema gives it; it is checked by that schema and by
nothing else, so the two cannot drift apart. Nothing is corrected in place: what readers see is the last revision.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What an account may do; one account may have several roles, and nobody has one without being given it."""

    CONTRIBUTOR = "contributor"
    VALIDATOR = "validator"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


class Account(AbstractBaseUser):
    """Somebody who may sign in. The portal knows a name to sign in with and a name to show, nothing more."""

    name = models.CharField(max_length=80, unique=True)
    full_name = models.CharField(max_length=160, blank=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "name"
    objects: ClassVar[BaseUserManager[Account]] = BaseUserManager()

    def __str__(self) -> str:
        return self.full_name or self.name

    @property
    def roles(self) -> frozenset[Role]:
        """The roles the account has now."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(Role(role) for role in self.grants.values_list("role", flat=True))
        return self._roles


class Grant(models.Model):
    """A role of an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "role"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.role}"


class Attempt(models.Model):
    """A failed attempt to sign in. `key` is a keyed hash of whom or where from; old ones are deleted."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "at"], name="attempt_key_at")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%Y-%m-%d %H:%M}"


class State(models.Model):
    """One row: how many changes have been made, and which catalogue was last loaded.

    Every change locks this row first, so changes come one after the other and `version` never goes back: whoever
    has read the records up to a version has missed none before it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveBigIntegerField(default=0)
    catalogue = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"version {self.version}"


class Record(models.Model):
    """A follow-up record as it stands.

    `content` None: withdrawn here. `offered` is what the catalogue had when it was last loaded (None: it had no such
    record), and `kept` the digest of an offer that somebody decided against.
    """

    id = models.CharField(primary_key=True, max_length=160)
    kind = models.CharField(max_length=40)
    content = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    offered = models.JSONField(null=True)
    offered_digest = models.CharField(max_length=64, blank=True)
    kept = models.CharField(max_length=64, blank=True)
    differs = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(differs=True), name="record_differs")]

    def __str__(self) -> str:
        return self.id


class Revision(models.Model):
    """What a record said from one change to the next: who wrote it, when, why. Never changed, never deleted."""

    class How(models.TextChoices):
        """How a revision came about."""

        LOADED = "loaded"
        RESTORED = "restored"
        RELEASED = "released"
        TAKEN = "taken"
        KEPT = "kept"

    record = models.CharField(max_length=160, db_index=True)
    kind = models.CharField(max_length=40)
    content = models.JSONField(null=True)
    version = models.PositiveBigIntegerField(db_index=True)
    how = models.CharField(max_length=20, choices=How)
    by = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    proposal = models.ForeignKey("Proposal", null=True, on_delete=models.PROTECT, related_name="revisions")

    def __str__(self) -> str:
        return f"{self.record} at version {self.version}"


class Proposal(models.Model):
    """A change somebody proposes, on its way: proposed, accepted by another person, released by yet another.

    `base` is the digest of what the record said when the change was proposed: a proposal whose record has changed
    since cannot be released.
    """

    class Stage(models.TextChoices):
        """Where a proposal stands."""

        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        RELEASED = "released"
        DECLINED = "declined"
        TAKEN_BACK = "taken_back"

    record = models.CharField(max_length=160, db_index=True)
    kind = models.CharField(max_length=40)
    content = models.JSONField(null=True)
    base = models.CharField(max_length=64, blank=True)
    why = models.TextField()
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.PROPOSED, db_index=True)
    proposed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    accepted_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.record}: {self.stage}"


class BroughtText(models.Model):
    """A file somebody brought to be read, as it came. `work` and `language` are what corrections know the text by."""

    name = models.CharField(max_length=200)
    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    stated = models.CharField(max_length=2, blank=True)
    work = models.CharField(max_length=400, db_index=True)
    language = models.CharField(max_length=2)
    symbol = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=400, blank=True)
    brought_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest", "stated"], name="text_once")]

    def __str__(self) -> str:
        return self.symbol or self.title or self.name


class TextCorrection(models.Model):
    """What a person put right in the reading of a text (`instruments.corrections`); a withdrawn one stays here."""

    work = models.CharField(max_length=400)
    language = models.CharField(max_length=2)
    told = models.JSONField()
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    because = models.TextField(blank=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["work", "language", "at"], name="correction_of_text")]

    def __str__(self) -> str:
        return f"{self.work} ({self.language}): {self.told['deed']['do']}"
