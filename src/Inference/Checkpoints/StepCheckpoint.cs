using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Inference;

/// <summary>
/// Where one picture stands between two denoising steps: enough to go on as if it had never stopped. Its noise is a function of the seed (<see cref="Philox"/>) and
/// its sampler a function of the step, so the latent and the number of steps are the whole state. Every attempt at a picture walks the same path, so a
/// checkpoint of any attempt is right for any other. Immutable.
/// </summary>
public sealed class StepCheckpoint
{
    /// <summary>The most numbers in a latent: 1 MiB of them, many times what a model of today has.</summary>
    public const int MostNumbers = 1 << 18;

    /// <summary>The longest checkpoint, in bytes.</summary>
    public const int MostBytes = HeaderLength + 4 * MostNumbers + DigestLength;

    private const int DigestLength = 32, HeaderLength = 4 + 1 + 1 + 2 + 4 + 4 + DigestLength;
    private static readonly byte[] Magic = "VSC1"u8.ToArray();
    private readonly float[] numbers;

    internal StepCheckpoint(byte[] request, DeviceKind device, int stepsDone, int previewsGiven, ReadOnlySpan<float> latent)
        : this(request, device, stepsDone, previewsGiven, latent.ToArray())
    {
    }

    private StepCheckpoint(byte[] request, DeviceKind device, int stepsDone, int previewsGiven, float[] numbers) =>
        (Request, Device, StepsDone, PreviewsGiven, this.numbers) = (request, device, stepsDone, previewsGiven, numbers);

    /// <summary>Denoising steps done, 1 to all of them.</summary>
    public int StepsDone { get; }

    /// <summary>The kind of device that did them; another kind rounds otherwise and may not go on.</summary>
    public DeviceKind Device { get; }

    internal byte[] Request { get; }

    internal int PreviewsGiven { get; }

    internal ReadOnlySpan<float> Latent => numbers;

    /// <summary>Whether this is a point on the way to the picture that is asked for, on this kind of device.</summary>
    internal bool Fits(ImageRequest request, string modelDigest, DeviceKind device, int latentLength, int steps) =>
        device == Device && latentLength == numbers.Length && StepsDone <= steps && Request.AsSpan().SequenceEqual(RequestDigest.Of(request, modelDigest));

    /// <summary>
    /// As bytes, little-endian: <c>VSC1</c>, device, 0, previews given (2), steps done (4), numbers (4), digest of the request (32), the latent as
    /// 32-bit floats, and the SHA-256 of all that. 80 bytes and four a number.
    /// </summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderLength + 4 * numbers.Length + DigestLength];
        Magic.CopyTo(bytes, 0);
        bytes[4] = (byte)Device;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)PreviewsGiven);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), StepsDone);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), numbers.Length);
        Request.CopyTo(bytes, 16);
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(HeaderLength + 4 * i), numbers[i]);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - DigestLength), bytes.AsSpan(bytes.Length - DigestLength));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null where it is torn, changed or something else. A picture without a checkpoint begins at its noise.</summary>
    public static StepCheckpoint? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength + DigestLength || !bytes.StartsWith(Magic) || bytes[4] > (byte)DeviceKind.Cuda)
            return null;
        var (steps, count) = (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));
        if (steps < 1 || count is < 1 or > MostNumbers || bytes.Length != HeaderLength + 4 * count + DigestLength
            || !SHA256.HashData(bytes[..^DigestLength]).AsSpan().SequenceEqual(bytes[^DigestLength..]))
            return null;
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
            numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(HeaderLength + 4 * i)..]);
        return new StepCheckpoint(bytes.Slice(16, DigestLength).ToArray(), (DeviceKind)bytes[4], steps, BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]), numbers);
    }
}

/// <summary>The digest of everything in a request that decides a latent: the model's files and all parameters but the final size.</summary>
internal static class RequestDigest
{
    public static byte[] Of(ImageRequest request, string modelDigest)
    {
        using var buffer = new MemoryStream();
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(modelDigest);
            writer.Write(request.Prompt);
            writer.Write(request.NegativePrompt);
            writer.Write(request.Seed);
            writer.Write(request.Steps);
            writer.Write(request.Guidance);
            foreach (var part in request.Noise?.Parts ?? [])
            {
                writer.Write(part.Seed);
                writer.Write(part.Weight);
                writer.Write(part.Stream);
            }
            writer.Write(request.Blend?.Prompt ?? "");
            writer.Write(request.Blend?.Amount ?? 0);
            writer.Write(request.Start?.Strength ?? -1);
            switch (request.Start)
            {
                case ImageStart.FromLatent given:
                    foreach (var number in given.Latent.Numbers)
                        writer.Write(number);
                    break;
                case ImageStart.FromPicture given:
                    writer.Write(given.Picture.Width);
                    writer.Write(given.Picture.Height);
                    writer.Write(given.Picture.Pixels);
                    writer.Write(given.Mask is not null);
                    if (given.Mask is { } mask)
                        writer.Write(mask.Values);
                    break;
            }
        }
        return SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}

/// <summary>A picture was asked to leave the device before it was done. Nothing is wrong with it.</summary>
public sealed class RenderPausedException(StepCheckpoint? checkpoint) : Exception("The picture left the device before it was done; it can go on elsewhere.")
{
    /// <summary>Where it stood, or null where no step was done.</summary>
    public StepCheckpoint? Checkpoint { get; } = checkpoint;
}
