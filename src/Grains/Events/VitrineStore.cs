using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using Marten;
using Marten.Schema;
using Npgsql;
using Weasel.Core;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Origins;
using Vitrine.Grains.Projects;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Replays;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Grains.Users;

namespace Vitrine.Grains.Events;

/// <summary>How Marten keeps our events and views. Conjoined tenancy: a session sees its tenant only.</summary>
public static class VitrineStore
{
    public const string Schema = "vitrine";

    /// <summary>Every stored event with the name under which it is stored for ever.</summary>
    public static readonly IReadOnlyDictionary<string, Type> EventNames = new Dictionary<string, Type>
    {
        ["tenant.created"] = typeof(TenantCreated),
        ["project.created"] = typeof(ProjectCreated),
        ["user.registered"] = typeof(UserRegistered),
        ["user.erasure_begun"] = typeof(UserErasureBegun),
        ["user.erased"] = typeof(UserErased),
        ["subject.erasure_begun"] = typeof(SubjectErasureBegun),
        ["subject.erased"] = typeof(SubjectErased),
        ["limits.set"] = typeof(LimitsSet),
        ["key.issued"] = typeof(KeyIssued),
        ["key.revoked"] = typeof(KeyRevoked),
        ["job.prompt_submitted"] = typeof(PromptSubmitted),
        ["job.prompt_screened"] = typeof(PromptScreened),
        ["job.credits_reserved"] = typeof(CreditsReserved),
        ["job.accepted"] = typeof(JobAccepted),
        ["job.refused"] = typeof(JobRefused),
        ["job.rendering_started"] = typeof(RenderingStarted),
        ["job.rendering_failed"] = typeof(RenderingFailed),
        ["job.output_blocked"] = typeof(OutputBlocked),
        ["job.completed"] = typeof(JobCompleted),
        ["job.failed"] = typeof(JobFailed),
        ["job.canceled"] = typeof(JobCanceled),
        ["asset.output_produced"] = typeof(OutputProduced),
        ["asset.stamped"] = typeof(AssetStamped),
        ["asset.erased"] = typeof(AssetErased),
        ["input.received"] = typeof(InputReceived),
        ["input.deleted"] = typeof(InputDeleted),
        ["replay.requested"] = typeof(ReplayRequested),
        ["replay.started"] = typeof(ReplayStarted),
        ["replay.attempt_failed"] = typeof(ReplayAttemptFailed),
        ["replay.asset_replayed"] = typeof(AssetReplayed),
        ["replay.canceled"] = typeof(ReplayCanceled),
    };

    public static void Configure(StoreOptions options, NpgsqlDataSource database)
    {
        options.Connection(database);
        options.DatabaseSchemaName = Schema;
        // The schema is brought about before a silo serves; a grain never compares or changes it.
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsInteger);
        options.DisableNpgsqlLogging = true;

        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Events.AppendMode = EventAppendMode.Quick;
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Advanced.DefaultTenantUsageEnabled = false;
        foreach (var (name, type) in EventNames) options.Events.MapEventType(type, name);

        options.Projections.Add(new JobViewProjection().Of("job"), ProjectionLifecycle.Inline);
        options.Projections.Add(new AssetViewProjection().Of("asset"), ProjectionLifecycle.Inline);
        options.Projections.Add(new MemberProjection().Of("tenant", "project", "user", "limits"), ProjectionLifecycle.Inline);
        options.Projections.Add(new ApiKeyProjection().Of("key"), ProjectionLifecycle.Inline);
        options.Projections.Add(new InputViewProjection().Of("input"), ProjectionLifecycle.Inline);
        options.Projections.Add(new ReplayViewProjection().Of("replay"), ProjectionLifecycle.Inline);
        options.Projections.Add(new SubjectViewProjection().Of("subject"), ProjectionLifecycle.Inline);

        // Those that are named are made by PdqPieces and LateStamps; Marten would drop them as unknown.
        options.Schema.For<AssetView>().Index(asset => asset.Sha256).IgnoreIndex(PdqPieces.Index).IgnoreIndex(PdqPieces.ByManifest).IgnoreIndex(LateStamps.Awaited).IgnoreIndex(LateStamps.ByManifest);
        options.Schema.For<InputView>().Index(input => input.Sha256).Index(input => input.User!);
        options.Schema.For<Member>().IgnoreIndex(Erasures.UnderWay).IgnoreIndex(Erasures.Members);
        options.Schema.For<SubjectView>().IgnoreIndex(Erasures.SubjectsUnderWay);
        options.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.DocumentType == typeof(JobView)) JobColumns(mapping);
            if (mapping.DocumentType == typeof(Member)) MemberColumns(mapping);
            if (mapping.DocumentType == typeof(ReplayView)) ReplayColumns(mapping);
        });
    }

    // The nouns that begin the stored names of a projection's events. Without them Marten asks every projection about every stream when it rebuilds
    // a view, and each reads its document of that id first.
    private static T Of<T>(this T projection, params ReadOnlySpan<string> nouns) where T : EventFilterable
    {
        foreach (var (name, type) in EventNames)
            if (nouns.Contains(name[..name.IndexOf('.', StringComparison.Ordinal)])) projection.IncludeType(type);
        return projection;
    }

    // As PostgreSQL writes it back; a predicate of another spelling would be taken for a changed one, and its index made anew at every start.
    private const string Open = "(state = ANY (ARRAY[0, 1]))";

    // Plain columns beside the documents, so that accounts and lists are sums and ranges over indexes. Marten's Duplicate() would index each of them.
    private static void JobColumns(DocumentMapping jobs)
    {
        foreach (var column in new[] { nameof(JobView.Project), nameof(JobView.Asker), nameof(JobView.Session), nameof(JobView.Period), nameof(JobView.RequestDigest) })
            jobs.DuplicateField(column, "text", notNull: false);
        jobs.DuplicateField(nameof(JobView.State), "integer", notNull: false);
        jobs.DuplicateField(nameof(JobView.Images), "integer", notNull: false);
        jobs.DuplicateField(nameof(JobView.SubmittedAt), "timestamptz", notNull: false);
        jobs.DuplicateField(nameof(JobView.ReservedMicro), "bigint", notNull: false);
        jobs.DuplicateField(nameof(JobView.SettledMicro), "bigint", notNull: false);
        jobs.IndexOn("jobs_by_project", "tenant_id", "project", "period");
        jobs.IndexOn("jobs_by_user", "tenant_id", "asker", "period");
        jobs.IndexOn("jobs_by_session", "tenant_id", "session", "submitted_at");
        jobs.IndexOn("jobs_by_time", "tenant_id", "submitted_at", "id");
        jobs.IndexOn("jobs_by_period", "tenant_id", "period");
        jobs.IndexOn("jobs_by_request", "tenant_id", "request_digest");
        jobs.IndexOn("jobs_open", "state").Predicate = Open;
    }

    private static void MemberColumns(DocumentMapping members)
    {
        members.DuplicateField(nameof(Member.Kind), "integer", notNull: false);
        members.IndexOn("members_by_kind", "tenant_id", "kind", "id");
    }

    private static void ReplayColumns(DocumentMapping replays)
    {
        replays.DuplicateField(nameof(ReplayView.State), "integer", notNull: false);
        replays.DuplicateField(nameof(ReplayView.RequestedAt), "timestamptz", notNull: false);
        replays.IndexOn("replays_open", "state").Predicate = Open;
        replays.IndexOn("replays_by_time", "tenant_id", "requested_at");
    }

    private static DocumentIndex IndexOn(this DocumentMapping mapping, string name, params string[] columns)
    {
        var index = new DocumentIndex(mapping, columns) { Name = name };
        mapping.Indexes.Add(index);
        return index;
    }
}
