using Vitrine.Provenance.Ledger;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>The tree of eight leaves that the tests of Certificate Transparency publish, with its roots and proofs (RFC 6962).</summary>
internal static class PublishedTree
{
    public static readonly byte[][] Leaves =
        [.. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }.Select(Convert.FromHexString)];

    public static readonly TreeHash[] Roots =
    [
        Hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Hash("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        Hash("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        Hash("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        Hash("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        Hash("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        Hash("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        Hash("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        Hash("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    public static TheoryData<long, long, string[]> Inclusions => new()
    {
        { 0, 1, [] },
        { 0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"] },
        { 5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"] },
        { 2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"] },
        { 1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"] },
    };

    public static TheoryData<long, long, string[]> Consistencies => new()
    {
        { 1, 1, [] },
        { 1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"] },
        { 6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"] },
        { 2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"] },
    };

    public static TreeHash Hash(string hex) => new(Convert.FromHexString(hex));
}

/// <summary>A whole tree in memory, computed by the recursive definition of RFC 9162 (section 2.1.1): slow, and obviously right.</summary>
internal sealed class PlainTree(IReadOnlyList<TreeHash> leaves)
{
    private readonly Dictionary<(long Begin, long End), TreeHash> _known = [];

    public static PlainTree OfSize(int size) => new([.. Enumerable.Range(0, size).Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i)))]);

    public TreeHash Leaf(long index) => leaves[(int)index];

    public TreeHash Root(long size) => size == 0 ? TreeHash.OfNothing : Mth(0, size);

    public TreeHash Node(TreeNode node) => Mth(node.Index << node.Level, node.Index + 1 << node.Level);

    private TreeHash Mth(long begin, long end)
    {
        if (_known.TryGetValue((begin, end), out var known)) return known;
        if (end - begin == 1) return leaves[(int)begin];
        long split = 1;
        while (split * 2 < end - begin) split *= 2;
        return _known[(begin, end)] = TreeHash.OfNode(Mth(begin, begin + split), Mth(begin + split, end));
    }
}
