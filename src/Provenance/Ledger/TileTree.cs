namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The hashes of a tile together with the nodes above them within the tile, computed once: a proof takes its hashes from here without hashing. A tile of some width
/// never changes, so this may be kept.
/// </summary>
public sealed class TileTree
{
    // The nodes of each level of the binary tree within the tile: half as many as below, rounded down, for a node over half of its leaves is none.
    private readonly TreeHash[][] _levels = new TreeHash[Tile.Height][];

    /// <param name="hashes">1 to 256 hashes, from the left.</param>
    /// <exception cref="ArgumentException">None, or more than a tile has.</exception>
    public TileTree(TreeHash[] hashes)
    {
        if (hashes.Length is 0 or > Tile.FullWidth) throw new ArgumentException($"A tile has 1 to {Tile.FullWidth} hashes, not {hashes.Length}.", nameof(hashes));
        _levels[0] = hashes;
        for (var level = 1; level < Tile.Height; level++)
        {
            _levels[level] = new TreeHash[_levels[level - 1].Length / 2];
            Sha256Lanes.Nodes(_levels[level - 1], _levels[level]);
        }
    }

    public int Width => _levels[0].Length;

    /// <summary>The hashes of the tile.</summary>
    public ReadOnlySpan<TreeHash> Hashes => _levels[0];

    /// <summary>The root of a perfect subtree that this tile holds (<see cref="Tile.Holding"/>).</summary>
    public TreeHash Root(TreeNode node)
    {
        var level = node.Level % Tile.Height;
        return _levels[level][(int)(node.Index % (Tile.FullWidth >> level))];
    }
}
