"""/c/<token>/: on to where a link of a marketing mail leads. GET writes the log of clicks, nothing else."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement import clicks


@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Note the click and lead on; 404 for a token we did not make: it leads to nothing we did not write."""
    found = clicks.opened(token)
    if found is None:
        raise Http404
    message_id, url = found
    agent = request.headers.get("User-Agent", "")
    clicks.note(message_id, url, agent=agent, head=request.method == "HEAD", at=timezone.now())
    return HttpResponseRedirect(url)
