using System.Collections.Concurrent;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Full tiles of all logs, which never change. A silo that proves much reads little.</summary>
public sealed class TileCache
{
    /// <summary>Tiles kept, 8 KiB each: 32 MiB. When there are more, all are forgotten and read again.</summary>
    public const int MaxTiles = 4096;

    private readonly ConcurrentDictionary<(string Log, int Level, long Index), TreeHash[]> _tiles = new();

    public TreeHash[]? Find(LogId log, Tile tile) => _tiles.GetValueOrDefault((log.Value, tile.Level, tile.Index));

    public void Add(LogId log, Tile tile, TreeHash[] hashes)
    {
        if (!tile.IsFull) return;
        if (_tiles.Count >= MaxTiles) _tiles.Clear();
        _tiles[(log.Value, tile.Level, tile.Index)] = hashes;
    }
}
