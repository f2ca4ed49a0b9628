"""Texts that mean the same, put together. A pure function of their vectors."""

from data.vectors import Vectors

ALIKE = 0.7  # the cosine from which two questions want the same answer


def grouped(vectors: Vectors, alike: float = ALIKE) -> list[list[int]]:
    """Positions in groups, each behind the first of its kind.

    A text joins the nearest leader that is near enough, or leads a group of its own; so put what
    should lead first.

    Args:
        vectors: a row for each text, of length 1.
        alike: the least cosine to the leader.
    """
    groups: list[list[int]] = []
    for at in range(len(vectors)):
        leaders = [group[0] for group in groups]
        cosines = vectors[leaders] @ vectors[at]
        if leaders and float(cosines.max()) >= alike:
            groups[int(cosines.argmax())].append(at)
        else:
            groups.append([at])
    return groups
