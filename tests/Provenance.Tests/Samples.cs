using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Vitrine.Provenance.Tests;

/// <summary>Pictures, a signer and a description that every test may use.</summary>
internal static class Samples
{
    // The independent verifier reads the real clock, so the chain must be valid now.
    public static DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    public static DevelopmentCertificates Certificates { get; } = DevelopmentChain.Create("Example Brand", Now);

    public static EcdsaClaimSigner Signer { get; } = new(Certificates.ChainPem, Certificates.LeafKeyPem);

    public static DevelopmentCertificates TimeStampCertificates { get; } = DevelopmentChain.CreateTimeStampAuthority("Example Brand", Now);

    public static byte[] TimeStampAuthorityDer { get; } = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(TimeStampCertificates.ChainPem).RawData;

    public static TrustAnchors Anchors { get; } = TrustAnchors.FromPem(Certificates.RootPem, TimeStampCertificates.RootPem);

    public static readonly string[] FileNames = ["small.png", "small.jpg", "progressive.jpg", "lossy.webp", "lossless-alpha.webp", "extended.webp"];

    public static readonly string[] FilmNames = ["clip.mp4", "tables-last.mp4"];

    public static readonly string[] AllFileNames = [.. FileNames, .. FilmNames];

    public static TheoryData<string> Files { get; } = [.. FileNames];

    public static TheoryData<string> FilesAndFilms { get; } = [.. FileNames, .. FilmNames];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures", name));

    public static CredentialDescription Description { get; } = new(
        "5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", new(2026, 3, 1, 12, 30, 45, TimeSpan.Zero), "Vitrine", "0.1.0",
        "tiny-diffusion", "1.2", "sha256:" + new string('a', 64), DigitalSourceType.TrainedAlgorithmicMedia, "A red fox", DoNotTrain: true);

    /// <summary>The description of another picture of the same kind.</summary>
    public static CredentialDescription Numbered(int number) => Description with { ManifestId = $"{number:x8}-0c7f-4f0a-9a52-3f6f3f0f9c11" };

    public static CredentialIngredient TakeIn(byte[] file, IngredientRole role = IngredientRole.Parent) => CredentialIngredient.TakeIn(file, role, "An input", Anchors, Now);

    public static byte[] Signed(string name) => ContentCredentials.Sign(Read(name), Description, Signer);

    public static CredentialVerdict Verify(byte[] file) => ContentCredentials.Verify(file, Anchors, Now);

    /// <summary>A thumbnail of a size that no APP11 segment can hold; viewers would not show it, and signing does not decode it.</summary>
    public static ClaimThumbnail Thumbnail(int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(7).NextBytes(noise);
        return new("image/jpeg", noise);
    }

    /// <summary>An RGB picture of noise, so that its size is that of a real one: about three bytes a pixel for 8 bits of noise.</summary>
    public static byte[] Png(int width, int height, int noiseBits = 8)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        WriteChunk(file, "IHDR"u8, header);
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            var random = new Random(11);
            byte[] row = new byte[1 + 3 * width];
            for (int y = 0; y < height; y++)
            {
                random.NextBytes(row);
                for (int x = 0; x < row.Length; x++) row[x] &= (byte)((1 << noiseBits) - 1);
                row[0] = 0;
                zlib.Write(row);
            }
        }
        WriteChunk(file, "IDAT"u8, pixels.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] hashed = [.. type, .. content];
        file.Write(hashed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(hashed));
        file.Write(number);
    }
}
