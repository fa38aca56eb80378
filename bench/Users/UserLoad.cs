using System.Globalization;
using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Bench;

/// <summary>
/// Registers very many users by copying, inside the database, the rows that the platform wrote for one: its stream, its two events (registered;
/// limits set) and its record. A million registrations through the front door would measure the front door.
/// </summary>
internal sealed class UserLoad(NpgsqlDataSource database, int tenants, int usersPerTenant)
{
    private const string Template = "template";

    // The template's name is sealed under its own key, which the copies have not; theirs stands open, as it did before names were sealed.
    private const string Open = """'{"Name": "Ada", "Personal": null}'::jsonb""";

    public int Users => tenants * usersPerTenant;

    public static TenantId Tenant(int number) => new(string.Create(CultureInfo.InvariantCulture, $"brand-{number:000}"));

    /// <param name="number">0 to <see cref="Users"/> - 1.</param>
    public UserKey User(int number) => new(Tenant(number % tenants), new(string.Create(CultureInfo.InvariantCulture, $"u{number:0000000}")));

    public async Task Run(IGrainFactory grains, CancellationToken ct)
    {
        for (var tenant = 0; tenant < tenants; tenant++)
            await grains.Tenant(Tenant(tenant)).Create(new("Brand"), ct);
        var template = grains.User(new(Tenant(0), new(Template)));
        await template.Register(new("Ada"), ct);
        await template.SetLimits(new(CreditsPerMonth: Credits.FromAmount(1000), Weight: 2), ct);

        const int Chunk = 100_000;
        for (var from = 0; from < Users; from += Chunk)
        {
            var to = Math.Min(Users, from + Chunk) - 1;
            await Copy("mt_streams", new() { ["id"] = "stream", ["tenant_id"] = "tenant" }, from, to, ct);
            await Copy("mt_events", new()
            {
                ["seq_id"] = "nextval('vitrine.mt_events_sequence')", ["id"] = "gen_random_uuid()", ["stream_id"] = "stream", ["tenant_id"] = "tenant",
                ["data"] = $"case when row.type = 'user.registered' then row.data || {Open} else row.data end",
            }, from, to, ct);
            await Copy("mt_doc_member", new() { ["id"] = "stream", ["tenant_id"] = "tenant", ["data"] = $"jsonb_set(row.data, '{{Id}}', to_jsonb(stream)) || {Open}" }, from, to, ct);
        }
        await Execute("vacuum analyze vitrine.mt_doc_member, vitrine.mt_streams", ct);
    }

    /// <summary>That the copied users are users to the platform: they can be read, and written on top of what was copied.</summary>
    /// <exception cref="InvalidOperationException">One is not.</exception>
    public async Task Verify(IGrainFactory grains, IEnumerable<int> sample, CancellationToken ct)
    {
        foreach (var number in sample)
        {
            var grain = grains.User(User(number));
            if (await grain.Get(ct) is not { Name: "Ada", Limits.Weight: 2 } view || view.Id != User(number).User.Value
                || await grain.SetLimits(view.Limits with { Weight = 3 }, ct) is not { Value.Limits.Weight: 3 })
                throw new InvalidOperationException($"The user {User(number)} is not what the platform itself would have written.");
        }
    }

    /// <summary>Copies the template's rows of a table for the users of a range; columns that are not named keep their values.</summary>
    private async Task Copy(string table, Dictionary<string, string> replaced, int from, int to, CancellationToken ct)
    {
        var columns = new List<string>();
        await using (var command = database.CreateCommand("select column_name from information_schema.columns where table_schema = 'vitrine' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position"))
        {
            command.Parameters.AddWithValue(table);
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                columns.Add(rows.GetString(0));
        }
        var key = table == "mt_events" ? "stream_id" : "id";
        await Execute(string.Create(CultureInfo.InvariantCulture, $"""
            insert into vitrine.{table} ({string.Join(", ", columns)})
            select {string.Join(", ", columns.Select(column => replaced.GetValueOrDefault(column, $"row.{column}")))}
            from vitrine.{table} as row,
                 lateral (select 'user/u' || lpad(number::text, 7, '0') as stream, 'brand-' || lpad((number % {tenants})::text, 3, '0') as tenant from generate_series({from}, {to}) as number) as made
            where row.tenant_id = '{Tenant(0)}' and row.{key} = 'user/{Template}'
            {(table == "mt_events" ? "order by stream, row.version" : "")}
            """), ct);
    }

    private async Task Execute(string sql, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(ct);
    }
}
