using Vitrine.Grains.Assets;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Replays;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;

namespace Vitrine.Grains.Events;

/// <summary>
/// Which view stands beside which kind of stream, and the fold that makes it: the same function that the registered projection rebuilds it with, so
/// that a view written here and a view rebuilt there are equal (a test compares them).
/// </summary>
/// <param name="Kind">The first word of the keys of its streams, and its name for <c>vitrine.commit</c>.</param>
/// <param name="Columns">Plain columns beside the document, each with the SQL that reads it out of the document <c>d</c>.</param>
public sealed record View(string Kind, Type Type, string Table, Func<object?, string, object, object?> Apply, IReadOnlyList<(string Name, string Value)> Columns)
{
    private static readonly View Jobs = Of<JobView>("job", "mt_doc_jobview", Job.Apply,
        ("project", "d ->> 'Project'"), ("asker", "d ->> 'Asker'"), ("session", "d ->> 'Session'"), ("period", "d ->> 'Period'"),
        ("request_digest", "d ->> 'RequestDigest'"), ("state", "(d ->> 'State')::integer"), ("images", "(d ->> 'Images')::integer"),
        ("submitted_at", "(d ->> 'SubmittedAt')::timestamptz"), ("reserved_micro", "(d ->> 'ReservedMicro')::bigint"), ("settled_micro", "(d ->> 'SettledMicro')::bigint"));
    private static readonly View Assets = Of<AssetView>("asset", "mt_doc_assetview", (asset, _, e) => AssetViewProjection.Fold(asset, e));
    private static readonly View Keys = Of<ApiKey>("key", "mt_doc_apikey", ApiKey.Apply);
    private static readonly View Members = Of<Member>("member", "mt_doc_member", Member.Apply, ("kind", "(d ->> 'Kind')::integer"));

    private static readonly View Replays = Of<ReplayView>("replay", "mt_doc_replayview", Replay.Apply, ("state", "(d ->> 'State')::integer"), ("requested_at", "(d ->> 'RequestedAt')::timestamptz"));

    private static readonly View Inputs = Of<InputView>("input", "mt_doc_inputview", InputViewProjection.Fold);

    private static readonly View Subjects = Of<SubjectView>("subject", "mt_doc_subjectview", SubjectView.Apply);

    /// <summary>All views, in the order in which they are written.</summary>
    public static readonly IReadOnlyList<View> All = [Jobs, Assets, Keys, Members, Replays, Inputs, Subjects];

    /// <summary>The class as Marten notes it beside a document.</summary>
    public string Class { get; } = Type.FullName!;

    /// <summary>The view of a stream, told by the form of its key.</summary>
    public static View Beside(string stream) =>
        stream.StartsWith("job_", StringComparison.Ordinal) ? Jobs
        : stream.StartsWith("asset_", StringComparison.Ordinal) ? Assets
        : stream.StartsWith("replay_", StringComparison.Ordinal) ? Replays
        : stream.StartsWith("input_", StringComparison.Ordinal) ? Inputs
        : stream.StartsWith("key/", StringComparison.Ordinal) ? Keys
        : stream.StartsWith("subject/", StringComparison.Ordinal) ? Subjects
        : Members;

    /// <summary>The view after these events; null when they make none.</summary>
    public object? Fold(object? before, string stream, IEnumerable<object> events) => events.Aggregate(before, (view, e) => Apply(view, stream, e));

    /// <summary>
    /// Writes the views of this kind among the <c>v_</c> arrays of <c>vitrine.commit</c>; one statement, left out when there are none. <c>offset 0</c> keeps the planner from putting the
    /// cast in the place of each mention of the document, which would parse it once a column.
    /// </summary>
    internal string Upsert
    {
        get
        {
            var names = string.Concat(Columns.Select(each => ", " + each.Name));
            var values = string.Concat(Columns.Select(each => ", " + each.Value));
            var changes = string.Concat(Columns.Select(each => $", {each.Name} = excluded.{each.Name}"));
            return $"""

                    if '{Kind}' = any (v_kind) then
                        insert into vitrine.{Table} (tenant_id, id, mt_version, data, mt_dotnet_type, mt_last_modified{names})
                        select v.tenant, v.id, v.revision, d, v.class, now(){values}
                        from unnest(v_kind, v_tenant, v_id, v_revision, v_class, v_data) as v (kind, tenant, id, revision, class, json), lateral (select v.json::jsonb as d offset 0) as document
                        where v.kind = '{Kind}'
                        on conflict (tenant_id, id) do update
                        set mt_version = excluded.mt_version, data = excluded.data, mt_dotnet_type = excluded.mt_dotnet_type, mt_last_modified = excluded.mt_last_modified{changes};
                    end if;
                """;
        }
    }

    private static View Of<T>(string kind, string table, Func<T?, string, object, T?> apply, params (string, string)[] columns) where T : class =>
        new(kind, typeof(T), table, (view, stream, e) => apply((T?)view, stream, e), columns);
}
