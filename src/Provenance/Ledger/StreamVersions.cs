using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Vitrine.Provenance.Ledger;

/// <summary>The last version of each stream of a log, by the UTF-8 of its name: a name is copied once, when it is met first.</summary>
internal sealed class StreamVersions
{
    private readonly Dictionary<byte[], long> _versions = new(ByName.Instance);

    /// <summary>The version known before, 0 for a stream that is new; <paramref name="version"/> is known from now on.</summary>
    public long Replace(ReadOnlySpan<byte> stream, long version)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_versions.GetAlternateLookup<ReadOnlySpan<byte>>(), stream, out _);
        var before = known;
        known = version;
        return before;
    }

    private sealed class ByName : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByName Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);
        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);
        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());
        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        // Seeded for each process, so that a hostile log cannot choose names that collide.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
