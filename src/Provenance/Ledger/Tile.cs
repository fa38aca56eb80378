using System.Globalization;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The name of a tile (C2SP tlog-tiles): up to 256 consecutive hashes of one level of tiles. At level 0 they are leaf hashes, above it each is the root of a full
/// tile of the level below.
/// </summary>
/// <param name="Level">0 to 63.</param>
/// <param name="Width">1 to 256 hashes; 256 is a full tile.</param>
public readonly record struct Tile(int Level, long Index, int Width)
{
    /// <summary>Levels of the binary tree that one level of tiles spans.</summary>
    public const int Height = 8;

    /// <summary>Hashes of a full tile.</summary>
    public const int FullWidth = 1 << Height;

    public const int MaxLevel = 63;

    public bool IsFull => Width == FullWidth;

    /// <summary>Where the tile is served below the log's prefix: <c>tile/0/x001/x234/067</c>, <c>tile/1/000.p/17</c>.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"tile/{Level}/{PathOf(Index, Width)}");

    /// <summary>Index and width as a path: three digits an element, all but the last with an <c>x</c>, and <c>.p/W</c> behind a partial one.</summary>
    public static string PathOf(long index, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var path = string.Create(CultureInfo.InvariantCulture, $"{index % 1000:000}");
        for (index /= 1000; index > 0; index /= 1000) path = string.Create(CultureInfo.InvariantCulture, $"x{index % 1000:000}/{path}");
        return width == FullWidth ? path : string.Create(CultureInfo.InvariantCulture, $"{path}.p/{width}");
    }

    /// <summary>Reads what <see cref="PathOf"/> writes, in exactly that form.</summary>
    public static bool TryParsePath(string? path, out long index, out int width)
    {
        (index, width) = (0, FullWidth);
        if (path is null || path.Length > 48) return false;
        var partial = path.LastIndexOf(".p/", StringComparison.Ordinal);
        if (partial >= 0 && (!int.TryParse(path.AsSpan(partial + 3), NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= FullWidth)) return false;
        foreach (var part in (partial < 0 ? path : path[..partial]).Split('/'))
        {
            if (!int.TryParse(part.AsSpan(part.StartsWith('x') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var digits) || index > (long.MaxValue - 999) / 1000) return false;
            index = index * 1000 + digits;
        }
        // One name, one spelling: everything that was read leniently above shows here.
        return PathOf(index, width) == path;
    }

    /// <summary>Hashes that level <paramref name="level"/> has in a tree of this size: the full tiles of the level below, or the leaves.</summary>
    public static long HashesAt(int level, long size) => level * Height < 63 ? size >> (level * Height) : 0;

    /// <summary>The widest tile of this place in a tree of this size; null when it would be empty.</summary>
    public static Tile? Of(int level, long index, long size)
    {
        if (level is < 0 or > MaxLevel || index < 0) return null;
        var hashes = HashesAt(level, size);
        return index > hashes / FullWidth ? null : (int)Math.Min(FullWidth, hashes - index * FullWidth) is var width and > 0 ? new Tile(level, index, width) : null;
    }

    /// <summary>The tile of a tree of this size that a perfect subtree can be computed from.</summary>
    public static Tile Holding(TreeNode node, long size)
    {
        var level = node.Level / Height;
        var first = node.Index << (node.Level % Height);
        return Of(level, first / FullWidth, size) ?? throw new ArgumentOutOfRangeException(nameof(node), $"A tree of {size} leaves has no subtree {node}.");
    }
}
