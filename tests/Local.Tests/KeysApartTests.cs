namespace Vitrine.Local.Tests;

/// <summary>Data of the time when keys lay among the events go on working, and their keys lie apart from then on.</summary>
public sealed class KeysApartTests(RunningPostgresTests.OneServer one) : IClassFixture<RunningPostgresTests.OneServer>
{
    private const string Old = """
        create schema vitrine_keys;
        create table vitrine_keys.tenant_key (tenant_id text primary key, key bytea not null);
        create table vitrine_keys.subject_key (tenant_id text not null, user_id text not null, key bytea, erased_at timestamptz, primary key (tenant_id, user_id));
        insert into vitrine_keys.tenant_key values ('acme', '\x01');
        insert into vitrine_keys.subject_key values ('acme', 'ada', '\x02', null), ('acme', '', '\x03', null), ('acme', 'gone', null, now());
        """;

    private const string All = "select string_agg(tenant_id || '/' || user_id || '=' || coalesce(encode(key, 'hex'), 'erased'), ' ' order by user_id) from vitrine_keys.subject_key";

    [Fact]
    public async Task Keys_among_the_events_are_moved_once_and_stay_what_they_were()
    {
        var (events, keys) = await Databases("moved");
        await Sql.Execute(events, Old);

        await Move(events, keys);
        await Move(events, keys);

        Assert.Equal("acme/=03 acme/ada=02 acme/gone=erased", await Sql.Scalar(keys, All));
        Assert.Equal(DBNull.Value, await Sql.Scalar(events, "select to_regnamespace('vitrine_keys')::text"));
    }

    [Fact]
    public async Task A_move_that_was_interrupted_is_ended_and_nobody_who_was_erased_since_comes_back()
    {
        var (events, keys) = await Databases("interrupted");
        await Sql.Execute(events, Old);
        await Sql.Execute(keys, Old + "update vitrine_keys.subject_key set key = null, erased_at = now() where user_id = 'ada';");

        await Move(events, keys);

        Assert.Equal("acme/=03 acme/ada=erased acme/gone=erased", await Sql.Scalar(keys, All));
        Assert.Equal(DBNull.Value, await Sql.Scalar(events, "select to_regnamespace('vitrine_keys')::text"));
    }

    [Fact]
    public async Task Where_both_hold_keys_of_their_own_nothing_is_thrown_away()
    {
        var (events, keys) = await Databases("both");
        await Sql.Execute(events, Old + "insert into vitrine_keys.subject_key values ('acme', 'bob', '\x09', null);");
        await Sql.Execute(keys, Old);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Move(events, keys));

        Assert.Contains("acme/bob", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(4L, await Sql.Scalar(events, "select count(*) from vitrine_keys.subject_key"));
    }

    [Fact]
    public async Task Where_no_keys_lie_among_the_events_nothing_happens()
    {
        var (events, keys) = await Databases("none");

        await Move(events, keys);

        Assert.Equal(DBNull.Value, await Sql.Scalar(keys, "select to_regnamespace('vitrine_keys')::text"));
    }

    private static async Task Move(string events, string keys) => await KeysApart.Move((await PostgresBinaries.Find(default))!.Folder, events, keys, default);

    private async Task<(string Events, string Keys)> Databases(string name) => (await one.Server.CreateDatabase(name, default), await one.Server.CreateDatabase(name + "_keys", default));
}
