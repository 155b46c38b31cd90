"""What people press, ask and say in chats. All of it ends in the same commands as every other surface's."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.engine.commits import Changed
from tocsin.engine.people import by_chat
from tocsin.engine.ports import FAR, Ports
from tocsin.engine.reply import ACTIONS
from tocsin.engine.told import told
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import User
from tocsin.incidents.incident import Actor, Incident
from tocsin.paging import answers, chat_texts, replies
from tocsin.paging.chat import Asked, Came, Person, Pressed, Spoke
from tocsin.paging.codes import Typed
from tocsin.store.messages import Notice
from tocsin.store.ports import NoConfiguration

#: Gives a word to whoever pressed or asked, and to nobody else.
Tell = Callable[[Came, str], object]

#: What a button can carry.
_PRESSED = frozenset(
    {
        Action.ACKNOWLEDGE,
        Action.UNACKNOWLEDGE,
        Action.KEEP,
        Action.RESOLVE,
        Action.SNOOZE,
        Action.ESCALATE,
        Action.ACCEPT,
        Action.DECLINE,
    }
)
#: How many open incidents are listed.
_LISTED = 20


def came(ports: Ports, one: Came, tell: Tell) -> None:
    """One thing that somebody did in a chat. Safe when it comes again. Raises TooBusy."""
    match one:
        case Pressed():
            words = _pressed(ports, one)
        case Asked():
            words = _asked(ports, one)
        case Spoke():
            _spoke(ports, one)
            return
        case _:
            return
    if words:
        tell(one, words)


def _pressed(ports: Ports, press: Pressed) -> str:
    """Whoever the configuration in force knows by the chat may press. No words where the card itself tells it."""
    user = _user(ports, press.person)
    if user is None:
        return chat_texts.stranger(press.person)
    if press.action not in _PRESSED:
        return chat_texts.old_button()
    action = Action(press.action)
    incident = ports.store.incident(press.number)
    if incident is None:
        return chat_texts.no_incident(press.number)
    id = press.id
    if action is Action.ESCALATE:
        # Two who look at the same card, and both press, mean one step.
        id = f"{press.person.vendor}-escalate-{press.number}-v{press.version}"
    done = _do(ports, press.number, Command(id, action, _actor(user, press.person)))
    if done.answer is Answer.DONE:
        return ""
    return _told(ports, press.number, action, done, user)


def _asked(ports: Ports, asked: Asked) -> str:
    user = _user(ports, asked.person)
    if user is None:
        return chat_texts.stranger(asked.person)
    words = asked.text.strip().lower()
    if words in ("", "open", "list"):
        return chat_texts.listed(_open(ports))
    if words in ("oncall", "on call", "who"):
        return chat_texts.on_call(_on_call(ports))
    reply = replies.read(asked.text)
    action = ACTIONS.get(reply.kind)
    if action is None and reply.span is not None:
        return answers.snooze_limits()
    if action is None or reply.all:
        return chat_texts.usage()
    number = reply.number
    if number is None:
        under = ports.store.message(asked.thread) if asked.thread else None
        number = under.incident if under is not None else None
    if number is None:
        return chat_texts.which(_open(ports))
    if ports.store.incident(number) is None:
        return chat_texts.no_incident(number)
    wish = Command(asked.id, action, _actor(user, asked.person), span=reply.span, text=reply.text)
    return _told(ports, number, action, _do(ports, number, wish), user)


def _spoke(ports: Ports, spoke: Spoke) -> None:
    """What is said under an incident's card is noted on its timeline."""
    message = ports.store.message(spoke.thread)
    if message is None:
        ports.metrics.count("ChatIgnored")
        return
    user = _user(ports, spoke.person)
    vendor = spoke.person.vendor
    # Somebody whom the configuration does not know may speak, and nothing else.
    actor = _actor(user, spoke.person) if user is not None else Actor(vendor, spoke.person.shown(), vendor)
    _do(ports, message.incident, Command(f"said-{spoke.id}", Action.NOTE, actor, text=spoke.text))
    kind = replies.read(spoke.text).kind
    if kind in ACTIONS and kind is not replies.Kind.NOTE:
        # Whoever writes "ack" here may believe that they have it, and the pages go on.
        words = chat_texts.stranger(spoke.person)
        if user is not None:
            words = chat_texts.only_noted(user.name, vendor, message.incident, kind.value)
        id = f"noted-{message.incident}-{vendor}-{spoke.person.id}"
        ports.pages.put([Notice(id, vendor, message.to, words, thread=spoke.thread)])


def _do(ports: Ports, number: int, wish: Command) -> Changed:
    from tocsin.engine.actions import act

    return act(ports, number, wish)


def _told(ports: Ports, number: int, action: Action, done: Changed, user: User) -> str:
    if done.answer is Answer.REFUSED and done.why:
        return chat_texts.refused(number, done.why)
    return told(ports, number, action, done, user, Typed())


def _actor(user: User, person: Person) -> Actor:
    return Actor("user", user.id, person.vendor)


def _user(ports: Ports, person: Person) -> User | None:
    try:
        _, config = ports.store.config()
    except NoConfiguration:
        return None
    return by_chat(config.book, person.vendor, person.id)


def _open(ports: Ports) -> list[Incident]:
    """The open incidents, the newest first."""
    numbers = sorted(ports.store.overdue(ports.clock.now() + FAR, 10 * _LISTED), reverse=True)[:_LISTED]
    found = (ports.store.incident(number) for number in numbers)
    return [incident for incident in found if incident is not None and incident.open]


def _on_call(ports: Ports) -> list[tuple[str, list[str]]]:
    """Who is on call now, by schedule."""
    from tocsin.config.history import book_with
    from tocsin.oncall.who import on_call

    try:
        _, config, changes = ports.store.in_force()
    except NoConfiguration:
        return []
    book, now = book_with(config, changes), ports.clock.now()
    return [
        (name, [book.users[user].name if user in book.users else user for user in on_call(schedule, now)])
        for name, schedule in sorted(book.schedules.items())
    ]
