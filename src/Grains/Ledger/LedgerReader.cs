using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>The reader's side of the ledger's tables: checkpoints, tiles, entries, and proofs made from tiles.</summary>
public sealed class LedgerReader(NpgsqlDataSource database, TileCache cache, LedgerOptions options)
{
    /// <summary>The newest checkpoint with its cosignatures; null before the first.</summary>
    public async Task<LedgerHead?> Newest(LogId log, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select c.note, c.size, c.at, (select string_agg(s.line, '' order by s.witness) from vitrine.ledger_cosignature s where s.log = c.log and s.size = c.size)
            from vitrine.ledger_checkpoint c where c.log = $1 order by c.size desc limit 1
            """);
        command.Parameters.AddWithValue(log.Value);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation)
            ? new(row.GetString(0) + (row.IsDBNull(3) ? "" : row.GetString(3)), row.GetInt64(1), options.KeyOf(log).ToString(), row.GetFieldValue<DateTimeOffset>(2)) : null;
    }

    /// <summary>Checkpoints of the platform that are looked through for the one that others attested best: some hours of them.</summary>
    private const int MaxLookedAt = 256;

    /// <summary>
    /// Of the platform's newest checkpoints that cover this entry, the one that most witnesses cosigned, rather a stamped one, rather a newer one; null before the first.
    /// The newest of all was perhaps signed a moment ago, and nobody outside has seen it yet.
    /// </summary>
    public async Task<(LedgerHead Head, byte[]? Stamp)?> PlatformOver(long index, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            select c.note, c.size, c.at, s.lines, t.token
            from (select * from vitrine.ledger_checkpoint where log = $1 and size > $2 order by size desc limit {MaxLookedAt}) c
            left join lateral (select string_agg(line, '' order by witness) as lines, count(*) as witnesses from vitrine.ledger_cosignature s where s.log = c.log and s.size = c.size) s on true
            left join vitrine.ledger_stamp t on t.log = c.log and t.size = c.size
            order by s.witnesses desc, t.token is null, c.size desc limit 1
            """);
        command.Parameters.AddWithValue(LogId.Platform.Value);
        command.Parameters.AddWithValue(index);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation)
            ? (new(row.GetString(0) + (row.IsDBNull(3) ? "" : row.GetString(3)), row.GetInt64(1), options.KeyOf(LogId.Platform).ToString(), row.GetFieldValue<DateTimeOffset>(2)),
                row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4))
            : null;
    }

    /// <summary>The newest checkpoint of a tenant's log and where it stands in the platform's log; null before the first.</summary>
    public async Task<(LedgerHead Head, long PlatformIndex)?> NewestInPlatform(LogId log, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select note, size, at, platform_idx from vitrine.ledger_checkpoint where log = $1 order by size desc limit 1");
        command.Parameters.AddWithValue(log.Value);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? (new(row.GetString(0), row.GetInt64(1), options.KeyOf(log).ToString(), row.GetFieldValue<DateTimeOffset>(2)), row.GetInt64(3)) : null;
    }

    /// <summary>Each tile as one value: its hashes, one behind the other.</summary>
    private const string TileHashes = """
        select t.number, case when t.level = 0
            then (select string_agg(hash, '') from (select hash from vitrine.ledger_leaf where log = $1 and idx >= t.first and idx < t.first + t.width order by idx) as leaves)
            else (select string_agg(hash, '') from (select hash from vitrine.ledger_node where log = $1 and level = t.level and idx >= t.first and idx < t.first + t.width order by idx) as nodes) end
        from unnest($2::integer[], $3::bigint[], $4::integer[]) with ordinality as t (level, first, width, number)
        """;

    /// <summary>Tiles that exist: those that are not at hand in one round trip.</summary>
    public async Task<Dictionary<(int Level, long Index), TileTree>> Tiles(LogId log, IEnumerable<Tile> tiles, CancellationToken cancellation)
    {
        var found = new Dictionary<(int, long), TileTree>();
        var missing = new List<Tile>();
        foreach (var tile in tiles.Distinct())
            if (cache.Find(log, tile) is { } kept) found[(tile.Level, tile.Index)] = kept;
            else missing.Add(tile);
        if (missing.Count == 0) return found;

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(TileHashes, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = log.Value });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. missing.Select(tile => tile.Level)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. missing.Select(tile => tile.Index * Tile.FullWidth)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. missing.Select(tile => tile.Width)] });
        // Once for each connection; planning this takes longer than running it.
        await command.PrepareAsync(cancellation);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var tile = missing[(int)rows.GetInt64(0) - 1];
            var bytes = rows.IsDBNull(1) ? [] : rows.GetFieldValue<byte[]>(1);
            if (bytes.Length != tile.Width * TreeHash.Size) throw new InvalidDataException($"{tile.Path} of the log of {log} is incomplete in the store.");
            var hashes = new TreeHash[tile.Width];
            for (var i = 0; i < hashes.Length; i++) hashes[i] = new(bytes.AsSpan(i * TreeHash.Size, TreeHash.Size));
            cache.Add(log, tile, found[(tile.Level, tile.Index)] = new TileTree(hashes));
        }
        return found;
    }

    /// <summary>Entries from an index on, as many as there are up to <paramref name="count"/>.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> Entries(LogId log, long from, int count, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select entry from vitrine.ledger_leaf where log = $1 and idx >= $2 and idx < $3 order by idx");
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(from);
        command.Parameters.AddWithValue(from + count);
        var entries = new List<ReadOnlyMemory<byte>>(count);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) entries.Add(rows.GetFieldValue<byte[]>(0));
        return entries;
    }

    /// <param name="size">At most the leaves written; more than <paramref name="index"/>.</param>
    public async Task<InclusionView> Inclusion(LogId log, long index, long size, CancellationToken cancellation)
    {
        var leaf = new TreeNode(0, index);
        var nodes = TreeProofs.InclusionNodes(index, size).Concat(TreeProofs.RootNodes(size)).Append(leaf);
        var hash = await Nodes(log, nodes, size, cancellation);
        return new(index, size, hash(leaf).ToString(), TreeProofs.Root(size, hash).ToString(), Texts(TreeProofs.Inclusion(index, size, hash)));
    }

    /// <param name="to">At most the leaves written; at least <paramref name="from"/>.</param>
    public async Task<ConsistencyView> Consistency(LogId log, long from, long to, CancellationToken cancellation)
    {
        var nodes = TreeProofs.ConsistencyNodes(from, to).Concat(TreeProofs.RootNodes(from)).Concat(TreeProofs.RootNodes(to));
        var hash = await Nodes(log, nodes, to, cancellation);
        return new(from, to, TreeProofs.Root(from, hash).ToString(), TreeProofs.Root(to, hash).ToString(), Texts(TreeProofs.Consistency(from, to, hash)));
    }

    /// <summary>The bytes of an entry bundle, as C2SP tlog-tiles serves it.</summary>
    public async Task<byte[]> Bundle(LogId log, Tile tile, CancellationToken cancellation) =>
        EntryBundle.Write([.. await Entries(log, tile.Index * Tile.FullWidth, tile.Width, cancellation)]);

    private async Task<Func<TreeNode, TreeHash>> Nodes(LogId log, IEnumerable<TreeNode> nodes, long size, CancellationToken cancellation)
    {
        var places = new Dictionary<TreeNode, Tile>();
        foreach (var node in nodes) places.TryAdd(node, Tile.Holding(node, size));
        var tiles = await Tiles(log, places.Values, cancellation);
        return node => tiles[(places[node].Level, places[node].Index)].Root(node);
    }

    private static List<string> Texts(IReadOnlyList<TreeHash> hashes) => [.. hashes.Select(hash => hash.ToString())];
}
