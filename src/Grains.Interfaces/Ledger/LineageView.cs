namespace Vitrine.Grains.Interfaces;

/// <summary>A graph: what an asset came from, and what came with it.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.LineageView")]
public sealed record LineageView([property: Id(0)] IReadOnlyList<LineageNode> Nodes, [property: Id(1)] IReadOnlyList<LineageEdge> Edges);

/// <param name="Id">Unique within the graph.</param>
/// <param name="Kind">One of <c>asset, input, job, session, project, user, key, model, policy, device, manifest</c>.</param>
/// <param name="Name">Of the thing, within its kind.</param>
[GenerateSerializer, Immutable, Alias("vitrine.LineageNode")]
public sealed record LineageNode([property: Id(0)] string Id, [property: Id(1)] string Kind, [property: Id(2)] string Name);

/// <param name="Kind">One of <c>asked_for, asked_with, belongs_to, rendered_with, rendered_on, screened_under, labelled_under, produced, carries, began_at, masked_by, brought</c>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.LineageEdge")]
public sealed record LineageEdge([property: Id(0)] string From, [property: Id(1)] string To, [property: Id(2)] string Kind);
