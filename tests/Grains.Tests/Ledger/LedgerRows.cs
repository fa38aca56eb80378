using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Tests.Ledger;

/// <summary>The ledger's tables as they are, and whether they hold what they must.</summary>
internal sealed class LedgerRows
{
    private readonly NpgsqlDataSource _database;

    private LedgerRows(NpgsqlDataSource database) => _database = database;

    public Dictionary<string, List<byte[]>> Leaves { get; } = [];
    public Dictionary<string, List<SignedNote>> Checkpoints { get; } = [];

    public static async Task<LedgerRows> Read(NpgsqlDataSource database)
    {
        var read = new LedgerRows(database);
        await using (var leaves = await database.CreateCommand("select log, idx, entry, hash from vitrine.ledger_leaf order by log, idx").ExecuteReaderAsync())
            while (await leaves.ReadAsync())
            {
                var (log, entry) = (leaves.GetString(0), leaves.GetFieldValue<byte[]>(2));
                if (!read.Leaves.TryGetValue(log, out var entries)) read.Leaves[log] = entries = [];
                Assert.Equal(entries.Count, leaves.GetInt64(1));
                Assert.Equal(TreeHash.OfLeaf(entry).ToArray(), leaves.GetFieldValue<byte[]>(3));
                entries.Add(entry);
            }
        await using (var notes = await database.CreateCommand("select log, note from vitrine.ledger_checkpoint order by log, size").ExecuteReaderAsync())
            while (await notes.ReadAsync())
            {
                if (!read.Checkpoints.TryGetValue(notes.GetString(0), out var of)) read.Checkpoints[notes.GetString(0)] = of = [];
                of.Add(SignedNote.Parse(System.Text.Encoding.UTF8.GetBytes(notes.GetString(1)))!);
            }
        return read;
    }

    public async Task<long> CountEvents() => (long)(await _database.CreateCommand("select count(*) from vitrine.mt_events").ExecuteScalarAsync())!;

    /// <summary>Every event is a leaf of its tenant's log, every log verifies from its first entry, and the platform's log holds every checkpoint.</summary>
    public async Task VerifyAll(LedgerOptions options)
    {
        await using (var strays = _database.CreateCommand("""
            select count(*) from vitrine.mt_events e full join (select * from vitrine.ledger_leaf where seq is not null) l on l.seq = e.seq_id and l.log = e.tenant_id
            where e.seq_id is null or l.seq is null
            """))
            Assert.Equal(0L, await strays.ExecuteScalarAsync());
        foreach (var (log, entries) in Leaves.Where(each => each.Key != LogId.Platform.Value))
        {
            var key = options.KeyOf(LogId.Of(new TenantId(log)));
            var checkpoints = Checkpoints[log].ConvertAll(note => Checkpoint.Open(note, key)!);
            var audit = new LogAudit(log, checkpoints);
            entries.ForEach(entry => audit.Add(entry));
            Assert.Empty(audit.End());
            Assert.Equal(entries.Count, checkpoints[^1].Size);
        }
        Assert.Equal(
            Checkpoints.Where(each => each.Key != LogId.Platform.Value).SelectMany(each => each.Value).Select(note => note.ToString()).Order(StringComparer.Ordinal),
            Leaves[LogId.Platform.Value].Select(System.Text.Encoding.UTF8.GetString).Order(StringComparer.Ordinal));
        var platform = new CompactRange();
        Leaves[LogId.Platform.Value].ForEach(entry => platform.Append(TreeHash.OfLeaf(entry)));
        var head = Checkpoint.Open(Checkpoints[LogId.Platform.Value][^1], options.KeyOf(LogId.Platform))!;
        Assert.Equal((platform.Size, platform.Root()), (head.Size, head.Root));
    }
}
