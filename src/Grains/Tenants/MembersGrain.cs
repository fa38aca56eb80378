using Marten;
using Npgsql;
using NpgsqlTypes;
using Orleans.Concurrency;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Projects;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Users;

namespace Vitrine.Grains.Tenants;

/// <summary>Lists what a tenant consists of; owns nothing.</summary>
[GrainType("vitrine.members"), StatelessWorker]
public sealed class MembersGrain(IDocumentStore store, NpgsqlDataSource database, Subjects.PersonalText texts, EventJournal journal) : Grain, IMembersGrain, ITenantScoped
{
    private TenantId Tenant => new(this.GetPrimaryKeyString());

    public async Task<IReadOnlyList<ProjectView>> Projects(string? after, int limit) =>
        [.. (await Page(MemberKind.Project, after is null ? "" : AccountName.Of(new ProjectId(after)), limit)).Select(ProjectGrain.View)];

    public async Task<IReadOnlyList<UserView>> Users(string? after, int limit) =>
        [.. (await texts.Open(Tenant, await Page(MemberKind.User, after is null ? "" : AccountName.Of(new UserId(after)), limit), CancellationToken.None)).Select(UserGrain.View)];

    public async Task<IReadOnlyList<TenantView>> Tenants(string? after, int limit)
    {
        if (Tenant != TenantId.Platform) return [];
        await using var command = database.CreateCommand(
            "select tenant_id from vitrine.mt_doc_member where id = $1 and ($2::text is null or tenant_id > $2) order by tenant_id limit $3");
        command.Parameters.AddWithValue(AccountName.Tenant);
        command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.AddWithValue(Math.Clamp(limit, 1, IMembersGrain.MaxPage));
        var ids = new List<string>();
        await using (var rows = await command.ExecuteReaderAsync())
            while (await rows.ReadAsync()) ids.Add(rows.GetString(0));
        var views = new List<TenantView>();
        foreach (var id in ids)
        {
            await using var session = store.QuerySession(id);
            if (await session.LoadAsync<Member>(AccountName.Tenant) is { } member) views.Add(TenantGrain.View(id, member));
        }
        return views;
    }

    public Task<bool> IsRecording(CancellationToken cancellation) => journal.IsRecording(cancellation);

    private async Task<IReadOnlyList<Member>> Page(MemberKind kind, string after, int limit)
    {
        await using var session = store.QuerySession(Tenant.Value);
        return await session.Query<Member>().Where(member => member.Kind == kind && string.Compare(member.Id, after) > 0)
            .OrderBy(member => member.Id).Take(Math.Clamp(limit, 1, IMembersGrain.MaxPage)).ToListAsync();
    }
}
