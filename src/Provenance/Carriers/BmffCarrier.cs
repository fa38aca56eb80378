using System.Buffers.Binary;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.Carriers;

/// <summary>
/// MP4 and its kin: the store lies in a <c>uuid</c> box right after <c>ftyp</c> (C2PA 2.2, A.5). An update leaves that box as it is, renamed from <c>manifest</c> to
/// <c>original</c>, and adds one with purpose <c>update</c> at the end, so that nothing of the film moves (A.5.3).
/// </summary>
internal sealed class BmffCarrier : Carrier
{
    /// <summary>Header, extended type, version and flags, purpose with its zero, offset of the first Merkle box.</summary>
    public const int Overhead = 8 + 16 + 4 + 9 + 8;

    private const int PurposeAt = 8 + 16 + 4;

    private readonly List<BmffBox> boxes;

    private BmffCarrier(ReadOnlyMemory<byte> file, List<BmffBox> boxes) : base(file) => this.boxes = boxes;

    public static ReadOnlySpan<byte> ExtendedType => [0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81];

    /// <summary>All boxes, those inside another right behind it.</summary>
    public IReadOnlyList<BmffBox> Boxes => boxes;

    /// <summary>The box that an update added, when there is one; its store is part of the only store already.</summary>
    public BmffBox? UpdateBox { get; private set; }

    public override int ExclusionLength(int storeLength) => storeLength == 0 ? 0 : storeLength + Overhead;

    public override void WriteFrame(Span<byte> destination, ReadOnlySpan<byte> store) => WriteBox(destination, "manifest\0"u8, store);

    private static void WriteBox(Span<byte> destination, ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> store)
    {
        int length = 8 + 16 + 4 + purpose.Length + 8 + store.Length;
        BinaryPrimitives.WriteInt32BigEndian(destination, length);
        "uuid"u8.CopyTo(destination[4..]);
        ExtendedType.CopyTo(destination[8..]);
        destination.Slice(24, 4).Clear();
        purpose.CopyTo(destination[PurposeAt..]);
        destination.Slice(PurposeAt + purpose.Length, 8).Clear();
        store.CopyTo(destination[(length - store.Length)..]);
    }

    /// <summary>The same film with the first box renamed and a further store at the end; no other byte moves.</summary>
    public byte[] WithUpdate(ReadOnlySpan<byte> updateStore)
    {
        ReadOnlySpan<byte> purpose = "update\0"u8;
        int end = UpdateBox?.Start ?? File.Length;
        byte[] output = new byte[end + 8 + 16 + 4 + purpose.Length + 8 + updateStore.Length];
        File.Span[..end].CopyTo(output);
        "original\0"u8.CopyTo(output.AsSpan(Stores[0].Start + PurposeAt));
        WriteBox(output.AsSpan(end), purpose, updateStore);
        return output;
    }

    public static Carrier? TryRead(ReadOnlyMemory<byte> file, out string problem)
    {
        if (BmffTree.TryRead(file.Span, out problem) is not { } boxes) return null;
        var carrier = new BmffCarrier(file, boxes) { InsertAt = boxes[0].End };
        ReadOnlyMemory<byte>? update = null;
        bool awaitsUpdate = false;
        foreach (BmffBox box in boxes.Where(b => b.IsTopLevel && b.Code is "uuid"))
        {
            ReadOnlySpan<byte> bytes = file.Span.Slice(box.Start, box.Length);
            if (box.HeaderLength != 8 || bytes.Length < Overhead - 3 || !bytes[8..24].SequenceEqual(ExtendedType)) continue;
            ReadOnlySpan<byte> purpose = bytes[PurposeAt..];
            int end = purpose.IndexOf((byte)0);
            if (end < 0) continue;
            purpose = purpose[..end];
            if (purpose.SequenceEqual("merkle"u8)) continue;
            int storeAt = PurposeAt + end + 1 + 8;
            ReadOnlyMemory<byte> store = storeAt > bytes.Length ? default : file.Slice(box.Start + storeAt, box.Length - storeAt);
            if (purpose.SequenceEqual("update"u8) && update is null) (carrier.UpdateBox, update) = (box, store);
            else
            {
                awaitsUpdate |= purpose.SequenceEqual("original"u8);
                string? damage = bytes.Slice(24, 4).ContainsAnyExcept((byte)0) || !(purpose.SequenceEqual("manifest"u8) || purpose.SequenceEqual("original"u8))
                    ? "The box of the store has another version or purpose than it should." : null;
                carrier.Stores.Add(new(box.Start, box.Length, box.Length, store, damage));
            }
        }
        // An update must not be lost unseen, so the first box says that there is one (A.5.3).
        if (awaitsUpdate != update is not null && carrier.Stores.Count > 0)
            carrier.Stores[0] = carrier.Stores[0] with { Damage = awaitsUpdate ? "The update of the store is missing." : "The store has an update, but does not say so." };
        else if (update is { } later && carrier.Stores.Count == 1) carrier.Stores[0] = Joined(carrier.Stores[0], later);
        else if (update is not null) carrier.Stores.Add(new(carrier.UpdateBox!.Value.Start, carrier.UpdateBox.Value.Length, carrier.UpdateBox.Value.Length, update.Value, "An update does not follow exactly one store."));
        return carrier;
    }

    /// <summary>One logical store: the manifests of the first box, then those of the update (A.5.3).</summary>
    private static StoreFrame Joined(StoreFrame original, ReadOnlyMemory<byte> update)
    {
        if (JumbfBox.TryParse(original.Store, out _) is not { } first || JumbfBox.TryParse(update, out _) is not { } second
            || first.Type != JumbfType.Store || second.Type != JumbfType.Store || (long)first.Bytes.Length + second.Bytes.Length > int.MaxValue)
            return original with { Damage = "The store or its update is not well-formed JUMBF." };
        byte[] store = JumbfWriter.Super(JumbfType.Store, "c2pa", [.. first.Children.Concat(second.Children).Select(c => c.Bytes.ToArray())]);
        return original with { Store = store };
    }

    // Every top-level box keeps its order; the old stores go, and the new one comes after the first box.
    public override byte[] CopyWithRoomFor(int storeLength) => Copy(box => !IsStore(box), FrameLength(storeLength));

    /// <summary>The same film with fewer boxes of the top level; what points into the others still does.</summary>
    public byte[] CopyWithout(Func<BmffBox, bool> isLeftOut) => Copy(box => !isLeftOut(box), 0);

    private byte[] Copy(Func<BmffBox, bool> isKept, int frame)
    {
        BmffBox[] kept = [.. boxes.Where(b => b.IsTopLevel && isKept(b))];
        byte[] output = GC.AllocateUninitializedArray<byte>(checked(kept.Sum(b => b.Length) + frame));
        var moves = new List<(int From, int To, int Length)>();
        int written = 0;
        foreach (BmffBox box in kept)
        {
            if (written == FrameStart)
            {
                output.AsSpan(written, frame).Clear();
                written += frame;
            }
            File.Span.Slice(box.Start, box.Length).CopyTo(output.AsSpan(written));
            moves.Add((box.Start, written, box.Length));
            written += box.Length;
        }
        if (written == FrameStart) output.AsSpan(written, frame).Clear();
        BmffOffsets.Move(output, boxes, moves);
        return output;
    }

    private HashSet<int>? storeStarts;

    private bool IsStore(BmffBox box) => (storeStarts ??= [.. Stores.Select(s => s.Start)]).Contains(box.Start) || (UpdateBox is { } update && update.Start == box.Start);
}
