using System.Text;

namespace Vitrine.Inference;

/// <summary>What is said between an engine's process and the one that uses it.</summary>
internal enum FrameKind : byte
{
    /// <summary>To the engine, once and first: the folder of models and the options.</summary>
    Start = 1,
    Render = 2,
    Cancel = 3,
    Pause = 4,
    Load = 5,
    Progress = 16,
    Rendered = 17,
    Loaded = 18,
    Failed = 19,

    /// <summary>From the engine, every <see cref="EngineHost.StatusEvery"/>: that it lives, and its statistics.</summary>
    Status = 20,
}

/// <summary>
/// Frames over a stream: length (u32, little-endian, of what follows), kind (1 byte), body. Written by many, read by one. Both ends are the same build, so a
/// frame has no version.
/// </summary>
internal sealed class Frames(Stream stream) : IDisposable
{
    /// <summary>The longest frame: four pictures of the largest size beside each other.</summary>
    public const int Longest = 64 << 20;

    private readonly SemaphoreSlim writing = new(1);

    public async Task Write(FrameKind kind, Action<BinaryWriter> body, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write(0);
        writer.Write((byte)kind);
        body(writer);
        writer.Flush();
        BitConverter.TryWriteBytes(buffer.GetBuffer(), (int)buffer.Length - 4);
        await writing.WaitAsync(cancellation);
        try
        {
            // Not cancelled in the middle: half a frame would end the conversation.
            await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), CancellationToken.None);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>The next frame, or null where the other side has gone.</summary>
    /// <exception cref="InvalidDataException">The length is no length.</exception>
    public async Task<(FrameKind Kind, BinaryReader Body)?> Read(CancellationToken cancellation)
    {
        var head = new byte[4];
        if (await stream.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, cancellation) < 4)
            return null;
        var length = BitConverter.ToInt32(head);
        if (length is < 1 or > Longest)
            throw new InvalidDataException($"A frame of {length} bytes.");
        var frame = new byte[length];
        if (await stream.ReadAtLeastAsync(frame, length, throwOnEndOfStream: false, cancellation) < length)
            return null;
        return ((FrameKind)frame[0], new BinaryReader(new MemoryStream(frame, 1, length - 1), Encoding.UTF8));
    }

    public void Dispose()
    {
        writing.Dispose();
        stream.Dispose();
    }
}
