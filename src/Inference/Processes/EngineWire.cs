using System.Runtime.InteropServices;

namespace Vitrine.Inference;

/// <summary>The values of an engine as bytes, one pair of methods each.</summary>
internal static class EngineWire
{
    private enum StartKind : byte { None, Picture, MaskedPicture, Latent }

    public static void Write(this BinaryWriter to, ImageRequest request)
    {
        to.Write(request.Model);
        to.Write(request.Prompt);
        to.Write(request.NegativePrompt);
        to.Write(request.Seed);
        to.Write(request.Steps);
        to.Write(request.Guidance);
        to.Write(request.Width);
        to.Write(request.Height);
        to.Write(request.Previews);
        to.Write(request.KeepLatent);
        to.Write(request.CheckpointEvery);
        to.Write(request.Express);
        to.WriteBytes(request.Resume?.ToBytes());
        to.Write(request.Noise?.Parts.Count ?? 0);
        foreach (var part in request.Noise?.Parts ?? [])
        {
            to.Write(part.Seed);
            to.Write(part.Weight);
            to.Write(part.Stream);
        }
        to.Write(request.Blend is not null);
        if (request.Blend is { } blend)
        {
            to.Write(blend.Prompt);
            to.Write(blend.Amount);
        }
        WriteStart(to, request.Start);
    }

    public static ImageRequest ReadRequest(this BinaryReader from)
    {
        var request = new ImageRequest(
            from.ReadString(), from.ReadString(), from.ReadString(), from.ReadUInt64(), from.ReadInt32(), from.ReadSingle(), from.ReadInt32(), from.ReadInt32(), from.ReadInt32())
        {
            KeepLatent = from.ReadBoolean(), CheckpointEvery = from.ReadInt32(), Express = from.ReadBoolean(), Resume = from.ReadBytes() is { } checkpoint ? StepCheckpoint.Read(checkpoint) : null,
        };
        var parts = new NoisePart[from.ReadInt32()];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new NoisePart(from.ReadUInt64(), from.ReadSingle(), from.ReadUInt32());
        return request with
        {
            Noise = parts.Length > 0 ? new NoiseMix(parts) : null,
            Blend = from.ReadBoolean() ? new PromptBlend(from.ReadString(), from.ReadSingle()) : null,
            Start = ReadStart(from),
        };
    }

    public static void Write(this BinaryWriter to, RenderProgress progress)
    {
        to.Write(progress.Step);
        to.Write(progress.Steps);
        to.WriteImage(progress.Preview);
        to.WriteBytes(progress.Checkpoint?.ToBytes());
    }

    public static RenderProgress ReadProgress(this BinaryReader from) =>
        new(from.ReadInt32(), from.ReadInt32(), from.ReadImage()) { Checkpoint = from.ReadBytes() is { } checkpoint ? StepCheckpoint.Read(checkpoint) : null };

    public static void Write(this BinaryWriter to, RenderedImage image)
    {
        to.WriteImage(image.Image);
        to.Write(image.Seed);
        to.Write(image.StepsRun);
        to.Write(image.DeviceTime.Ticks);
        to.Write(image.PromptTruncated);
        to.Write(image.ResumedAt);
        to.Write(image.TimeAside.Ticks);
        to.WriteBytes(image.Denoised?.ToBytes());
        to.WriteLatent(image.Latent);
    }

    public static RenderedImage ReadRendered(this BinaryReader from) => new(from.ReadImage()!, from.ReadUInt64(), from.ReadInt32(), TimeSpan.FromTicks(from.ReadInt64()))
    {
        PromptTruncated = from.ReadBoolean(), ResumedAt = from.ReadInt32(), TimeAside = TimeSpan.FromTicks(from.ReadInt64()), Denoised = from.ReadBytes() is { } checkpoint ? StepCheckpoint.Read(checkpoint) : null,
        Latent = from.ReadLatent(),
    };

    public static void WriteBytes(this BinaryWriter to, byte[]? bytes)
    {
        to.Write(bytes?.Length ?? -1);
        if (bytes is not null)
            to.Write(bytes);
    }

    public static byte[]? ReadBytes(this BinaryReader from) => from.ReadInt32() is var length and >= 0 ? from.ReadBytes(length) : null;

    private static void WriteImage(this BinaryWriter to, RgbImage? image)
    {
        to.Write(image?.Width ?? 0);
        if (image is null)
            return;
        to.Write(image.Height);
        to.Write(image.Pixels);
    }

    private static RgbImage? ReadImage(this BinaryReader from)
    {
        if (from.ReadInt32() is not (> 0 and var width))
            return null;
        var height = from.ReadInt32();
        return new RgbImage(width, height, from.ReadBytes(width * height * 3));
    }

    private static void WriteLatent(this BinaryWriter to, Latent? latent)
    {
        to.Write(latent?.Numbers.Length ?? 0);
        if (latent is null)
            return;
        to.Write(latent.ModelDigest);
        to.Write(MemoryMarshal.AsBytes(latent.Numbers));
    }

    private static Latent? ReadLatent(this BinaryReader from)
    {
        if (from.ReadInt32() is not (> 0 and var count))
            return null;
        var digest = from.ReadString();
        return new Latent(digest, MemoryMarshal.Cast<byte, float>(from.ReadBytes(4 * count)).ToArray());
    }

    private static void WriteStart(BinaryWriter to, ImageStart? start)
    {
        to.Write((byte)(start switch { null => StartKind.None, ImageStart.FromLatent => StartKind.Latent, ImageStart.FromPicture { Mask: null } => StartKind.Picture, _ => StartKind.MaskedPicture }));
        if (start is null)
            return;
        to.Write(start.Strength);
        if (start is ImageStart.FromLatent latent)
            to.WriteLatent(latent.Latent);
        if (start is not ImageStart.FromPicture picture)
            return;
        to.WriteImage(picture.Picture);
        if (picture.Mask is { } mask)
            to.Write(mask.Values);
    }

    private static ImageStart? ReadStart(BinaryReader from)
    {
        var kind = (StartKind)from.ReadByte();
        if (kind == StartKind.None)
            return null;
        var strength = from.ReadSingle();
        if (kind == StartKind.Latent)
            return new ImageStart.FromLatent(from.ReadLatent()!, strength);
        var picture = from.ReadImage()!;
        return new ImageStart.FromPicture(picture, strength, kind == StartKind.MaskedPicture ? new RepaintMask(picture.Width, picture.Height, from.ReadBytes(picture.Width * picture.Height)) : null);
    }
}
