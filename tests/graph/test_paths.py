import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.graph.paths import ways_to
from nhi_scan.graph.view import view, whole

NODES = 9
edge_lists = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.booleans()), max_size=30)


def make(edges: list[tuple[int, int, bool]], virtual: frozenset[int] = frozenset()) -> Graph:
    builder = GraphBuilder()
    for node in range(NODES):
        builder.node(str(node), virtual=node in virtual)
    for source, target, conditional in edges:
        builder.edge(source, target, "step", conditional=conditional)
    return builder.build()


def oracle(graph: Graph, goals: set[int], *, conditional: bool) -> dict[int, int]:
    """Shortest ways by networkx; a step out of a virtual node costs nothing."""
    picture = nx.DiGraph()
    picture.add_nodes_from(range(NODES))
    for edge in graph.edges():
        if conditional or not edge.conditional:
            source = graph.number(edge.source)
            picture.add_edge(graph.number(edge.target), source, weight=0 if graph.virtual[source] else 1)
    return nx.multi_source_dijkstra_path_length(picture, goals)


@given(edge_lists, st.sets(st.integers(0, NODES - 1), min_size=1), st.frozensets(st.integers(0, NODES - 1), max_size=3))
def test_certain_ways_are_as_short_as_networkx_finds(
    edges: list[tuple[int, int, bool]], goals: set[int], virtual: frozenset[int]
) -> None:
    goals -= virtual
    if not goals:
        return
    graph = make(edges, virtual)
    ways = ways_to(graph, goals)
    certain, possible = oracle(graph, goals, conditional=False), oracle(graph, goals, conditional=True)
    for node in range(NODES):
        assert (ways.distance[node] >= 0) == (node in possible)
        assert ways.conditional[node] == (node in possible and node not in certain)
        if node in certain:
            assert ways.distance[node] == certain[node]
        elif node in possible:
            assert ways.distance[node] >= possible[node]
        path = ways.path(node)
        if node in possible:
            assert graph.number(path[-1].target) in goals if path else node in goals
            assert any(edge.conditional for edge in path) == bool(ways.conditional[node])
            assert sum(not virtual & {graph.number(edge.source)} for edge in path) == ways.distance[node]


def test_a_certain_way_is_preferred_to_a_shorter_conditional_one() -> None:
    ways = ways_to(make([(0, 1, True), (0, 2, False), (2, 1, False)]), [1])
    assert [edge.target for edge in ways.path(0)] == ["2", "1"]
    assert not ways.conditional[0]


def test_a_conditional_goal_makes_the_way_conditional() -> None:
    ways = ways_to(make([(0, 1, False), (2, 3, False)]), [3], conditional_goals=[1])
    assert [bool(flag) for flag in ways.conditional[:4]] == [True, True, False, False]
    assert [edge.target for edge in ways.path(0)] == ["1"]


def test_a_neighbourhood_is_a_networkx_graph() -> None:
    graph = make([(0, 1, False), (1, 2, True), (2, 3, False), (5, 6, False)])
    picture = view(graph, ["1", "not there"], hops=1)
    assert sorted(picture) == ["0", "1", "2"]
    assert picture.edges["1", "2", 1] == {"label": "step", "conditional": True}
    assert whole(graph).number_of_edges() == 4


def test_an_empty_graph_has_no_ways() -> None:
    graph = GraphBuilder().build()
    assert len(graph) == 0
    assert len(ways_to(graph, []).distance) == 0


def best(graph: Graph, goals: dict[int, int]) -> dict[int, tuple[int, int]]:
    """By node the distance of the nearest goals and the lowest rank among them, by asking for each rank by itself."""
    found: dict[int, tuple[int, int]] = {}
    for rank in set(goals.values()):
        alone = oracle(graph, {goal for goal, one in goals.items() if one == rank}, conditional=False)
        for node, distance in alone.items():
            found[node] = min(found.get(node, (distance, rank)), (distance, rank))
    return found


@given(
    edge_lists,
    st.dictionaries(st.integers(0, NODES - 1), st.integers(0, 3), min_size=1),
    st.frozensets(st.integers(0, NODES - 1), max_size=4),
)
def test_of_goals_as_near_as_each_other_the_one_that_matters_most_is_taken(
    edges: list[tuple[int, int, bool]], goals: dict[int, int], virtual: frozenset[int]
) -> None:
    goals = {goal: rank for goal, rank in goals.items() if goal not in virtual}
    if not goals:
        return
    graph = make([(source, target, False) for source, target, _ in edges], virtual)
    ways = ways_to(graph, goals, ranks=goals)
    for node, (distance, rank) in best(graph, goals).items():
        path = ways.path(node)
        end = graph.number(path[-1].target) if path else node
        assert (ways.distance[node], goals[end]) == (distance, rank)


def test_a_set_within_a_set_is_of_the_best_goal_in_it() -> None:
    edges = [(0, 1, False), (1, 3, False), (1, 2, False), (2, 4, False)]
    graph = make(edges, frozenset({1, 2}))
    assert [edge.target for edge in ways_to(graph, [3, 4]).path(0)] == ["1", "3"]
    assert [edge.target for edge in ways_to(graph, [3, 4], ranks={3: 1}).path(0)] == ["1", "2", "4"]
    assert [edge.target for edge in ways_to(graph, [3, 4], ranks={4: 1}).path(0)] == ["1", "3"]
