"""Lines are handed to the exporter, and its answer says whether they are done with."""

from __future__ import annotations

from collections.abc import Callable

from exporter.client.report import report
from exporter.client.transport import Answer, Endpoint, Transport

PATH = "/events"
_OK, _BAD_REQUEST, _UNAUTHORIZED, _TOO_LARGE = 200, 400, 401, 413
_LONGEST_REASON = 200


class Courier:
    """Delivers lines; for one thread.

    Args:
        refused: told how many events the exporter will never take.
    """

    def __init__(self, endpoint: Endpoint, refused: Callable[[int], None]) -> None:
        self._transport = Transport(endpoint)
        self._refused = refused

    def deliver(self, lines: list[bytes]) -> bool:
        """True once no line need be sent again; sending more than once is safe, for events have ids."""
        if not lines:
            return True
        try:
            answer = self._transport.post(PATH, b"".join(lines))
        except Exception as error:
            # Whatever it was, the thread that delivers must go on.
            report(f"cannot reach the exporter ({type(error).__name__}); events are kept")
            return False
        if answer.status == _TOO_LARGE and len(lines) > 1:
            middle = len(lines) // 2
            return self.deliver(lines[:middle]) and self.deliver(lines[middle:])
        return self._settled(answer, len(lines))

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _settled(self, answer: Answer, number: int) -> bool:
        content = answer.content if isinstance(answer.content, dict) else {}
        rejected = content.get("rejected")
        if answer.status in (_OK, _BAD_REQUEST) and isinstance(rejected, list):
            for refusal in rejected:
                self._refuse(refusal, 1)
            return True
        if answer.status == _TOO_LARGE or (answer.status == _BAD_REQUEST and "reason" in content):
            self._refuse(content, number)
            return True
        # Whoever answers 200 in another way is no exporter.
        why = "the token is refused" if answer.status == _UNAUTHORIZED else f"it answers {answer.status}"
        report(f"the exporter does not take events ({why}); they are kept")
        return False

    def _refuse(self, refusal: object, number: int) -> None:
        """Count, and name the field; the exporter's words hold no values of people."""
        said = refusal if isinstance(refusal, dict) else {}
        report(f"the exporter refused an event: {said.get('reason')} {said.get('detail')}"[:_LONGEST_REASON])
        self._refused(number)
