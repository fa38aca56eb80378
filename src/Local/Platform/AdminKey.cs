using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Local;

/// <summary>The operator's key: <c>vk-platform-root-</c> and a secret of 32 random bytes in base64url. The silo is given only the secret's digest.</summary>
internal sealed record AdminKey(string Text)
{
    private const string Prefix = "vk-platform-root-";

    /// <summary>SHA-256 of the secret, 64 lower-case hex digits.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Text[Prefix.Length..])));

    /// <summary>The key kept in the file, made there on first use.</summary>
    /// <exception cref="InvalidOperationException">The file holds something else.</exception>
    public static async Task<AdminKey> Keep(string file, CancellationToken ct)
    {
        var text = await PrivateFile.ReadOrCreate(file, () => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)), ct);
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            ? new(text)
            : throw new InvalidOperationException($"{file} does not hold an admin key, which begins with {Prefix}. Delete it to get a new one.");
    }

    public override string ToString() => Prefix + "…";
}
