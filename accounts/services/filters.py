"""Filters of lists that a person kept under a name. They are the person's own and leave no audit row."""

from accounts.models import Organisation, SavedFilter, User


def save_filter(user: User, organisation: Organisation, page: str, name: str, query: str) -> SavedFilter:
    """Keep `query` (a query string) of the list `page` (its URL name); a filter of the same name is replaced."""
    saved, _is_new = SavedFilter.objects.update_or_create(
        organisation=organisation, user=user, page=page, name=name, defaults={"query": query}
    )
    return saved


def delete_filter(saved: SavedFilter) -> None:
    saved.delete()
