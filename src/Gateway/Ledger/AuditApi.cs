using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>The questions of an auditor: which events there are, and what an asset came from.</summary>
internal static class AuditApi
{
    private const int MaxText = 200;

    public static void MapAuditApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/audit/events", Events).Needs(Scopes.Audit).WithName("QueryEvents")
            .WithSummary("Events of the tenant's log, oldest first, that fit every given filter. A page may be shorter than its limit; 'next' is null at the end only.")
            .Produces<AuditPage>().Refuses(422);
        routes.MapGet("/v1/assets/{id}/lineage", Lineage).Needs(Scopes.Audit).WithName("GetAssetLineage")
            .WithSummary("A graph of what the picture came from: who asked, with which key, which model, device and policies; and what came with it.")
            .Produces<LineageBody>().Refuses(404);
    }

    private static async Task Events(
        HttpContext http, IGrainFactory grains, string? from = null, string? to = null, string? user = null, string? model = null, string? policy = null, string? state = null,
        string? type = null, string? text = null, string? limit = null, string? after = null)
    {
        var query = new QueryFields(http.Request.Query);
        var word = query.Text(nameof(state), 16);
        var wanted = word is null ? null : JobStates.Parse(word);
        if (word is not null && wanted is not { Held: null or false }) query.Invalid(nameof(state), "state is one of queued, running, succeeded, failed, canceled.");
        var asked = new EventQuery(
            query.Moment(nameof(from)), query.Moment(nameof(to)), query.Name(nameof(user)), query.Text(nameof(model), MaxText), query.Text(nameof(policy), MaxText), wanted?.State,
            query.Text(nameof(type), MaxText), query.Text(nameof(text), MaxText), query.WholeNumber(nameof(after), 0, long.MaxValue), query.Limit(ILedgerGrain.MaxPage));
        if (query.Error() is { } error)
        {
            await http.Answer(error);
            return;
        }
        var outcome = await grains.Ledger(http.Principal().Tenant).Events(asked, http.RequestAborted);
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(200, AuditPage.Of(outcome.Value!), WireJson.Default.AuditPage);
    }

    private static async Task Lineage(string id, HttpContext http, IGrainFactory grains)
    {
        if (!AssetId.TryParse(id, out var asset) || await grains.Ledger(http.Principal().Tenant).Lineage(asset, http.RequestAborted) is not { } graph) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, LineageBody.Of(graph), WireJson.Default.LineageBody);
    }
}

/// <param name="Next">The <c>after</c> of the next page; null at the end.</param>
internal sealed record AuditPage(
    IReadOnlyList<AuditEvent> Data, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] long? Next)
{
    public static AuditPage Of(EventPage page) => new([.. page.Events.Select(AuditEvent.Of)], page.Next);
}

/// <param name="Index">In the tenant's log: <c>/v1/ledger/proofs/inclusion?index=…</c> proves the event.</param>
internal sealed record AuditEvent(long Index, long Sequence, string Stream, long Version, string Type, DateTimeOffset RecordedAt, string? Job, JsonElement Data)
{
    public static AuditEvent Of(EventView e)
    {
        using var data = JsonDocument.Parse(e.Data);
        return new(e.Index, e.Sequence, e.Stream, e.Version, e.Type, e.RecordedAt, e.Job, data.RootElement.Clone());
    }
}

internal sealed record LineageBody(IReadOnlyList<LineageNodeBody> Nodes, IReadOnlyList<LineageEdgeBody> Edges)
{
    public static LineageBody Of(LineageView graph) =>
        new([.. graph.Nodes.Select(node => new LineageNodeBody(node.Id, node.Kind, node.Name))], [.. graph.Edges.Select(edge => new LineageEdgeBody(edge.From, edge.To, edge.Kind))]);
}

/// <param name="Kind">One of <c>asset, job, session, project, user, key, model, policy, device, manifest</c>.</param>
internal sealed record LineageNodeBody(string Id, string Kind, string Name);

internal sealed record LineageEdgeBody(string From, string To, string Kind);
