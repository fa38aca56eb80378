using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Inference;

/// <summary>
/// The identity of a model folder: SHA-256 over the lines <c>&lt;sha256&gt;  &lt;relative path&gt;\n</c> of all its files, sorted by path
/// (ordinal, <c>/</c> as separator). Documents (<c>*.md</c>) do not count: correcting a sentence must not change what a picture was made with.
/// The same number comes from
/// <c>find . -type f ! -name '*.md' | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum | sha256sum</c>.
/// </summary>
public static class ModelDigest
{
    /// <summary>Reads every file of the folder. Returns <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="IOException">The folder or a file cannot be read.</exception>
    public static string Compute(string folder)
    {
        var paths = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => !path.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal);
        using var listing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var stream = File.OpenRead(Path.Combine(folder, path));
            listing.AppendData(Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(stream))}  {path}\n"));
        }
        return "sha256:" + Convert.ToHexStringLower(listing.GetHashAndReset());
    }

    /// <summary>Compares the folder of a model with its card.</summary>
    /// <exception cref="ModelDigestMismatchException">A file was changed, added or removed since the digest was written.</exception>
    public static void Verify(ModelCard card)
    {
        var found = Compute(card.Folder);
        if (found != card.Digest)
            throw new ModelDigestMismatchException(card.Name, card.Digest, found);
    }
}
