using System.Buffers.Binary;

namespace Vitrine.Provenance.C2pa.Jumbf;

/// <summary>The 16-byte types of JUMBF superboxes (ISO/IEC 19566-5; C2PA 2.2, 11.1.4).</summary>
internal static class JumbfType
{
    public static readonly UInt128 Store = Of("c2pa"u8);
    /// <summary>How the description of a store begins, wherever it lies in a file: <c>jumd</c> and the type.</summary>
    public static ReadOnlySpan<byte> StoreDescription => [(byte)'j', (byte)'u', (byte)'m', (byte)'d', (byte)'c', (byte)'2', (byte)'p', (byte)'a', 0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

    public static readonly UInt128 Manifest = Of("c2ma"u8);
    public static readonly UInt128 UpdateManifest = Of("c2um"u8);
    /// <summary>A manifest that only brought a time stamp: of 2.1, given up since for update manifests.</summary>
    public static readonly UInt128 TimeStampManifest = Of("c2tm"u8);
    public static readonly UInt128 CompressedManifest = Of("c2cm"u8);
    public static readonly UInt128 AssertionStore = Of("c2as"u8);
    public static readonly UInt128 Claim = Of("c2cl"u8);
    public static readonly UInt128 Signature = Of("c2cs"u8);
    /// <summary>W3C credentials of version 1, and the data boxes that version 2 deprecated; known, not read.</summary>
    public static readonly UInt128 CredentialStore = Of("c2vc"u8);
    public static readonly UInt128 DataBoxStore = Of("c2db"u8);
    public static readonly UInt128 Cbor = Of("cbor"u8);
    public static readonly UInt128 Json = Of("json"u8);
    public static readonly UInt128 EmbeddedFile = new(0x40CB0C32BB8A489D, 0xA70B2AD6F47F4369);

    private static UInt128 Of(ReadOnlySpan<byte> code) =>
        new((ulong)BinaryPrimitives.ReadUInt32BigEndian(code) << 32 | 0x00110010, 0x800000AA00389B71);
}
