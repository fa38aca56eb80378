using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Medallion.Threading.Postgres;

/// <summary>A 64-bit PostgreSQL advisory lock key (PostgreSQL manual, 13.3.5).</summary>
public readonly struct PostgresAdvisoryLockKey(long key) : IEquatable<PostgresAdvisoryLockKey>
{
    /// <summary>The key in the two-integer form; it shares the 64-bit key space here, which is enough for one user of it.</summary>
    public PostgresAdvisoryLockKey(int key1, int key2) : this(((long)key1 << 32) | (uint)key2) { }

    /// <summary>The key of a name: the first eight bytes of its SHA-256, always hashed.</summary>
    public PostgresAdvisoryLockKey(string name, bool allowHashing = false)
        : this(BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)))) => _ = allowHashing;

    public long Key { get; } = key;
    public bool Equals(PostgresAdvisoryLockKey other) => Key == other.Key;
    public override bool Equals(object? obj) => obj is PostgresAdvisoryLockKey other && Equals(other);
    public override int GetHashCode() => Key.GetHashCode();
    public override string ToString() => Key.ToString("x16", CultureInfo.InvariantCulture);
    public static bool operator ==(PostgresAdvisoryLockKey left, PostgresAdvisoryLockKey right) => left.Equals(right);
    public static bool operator !=(PostgresAdvisoryLockKey left, PostgresAdvisoryLockKey right) => !left.Equals(right);
}
