using System.Runtime.InteropServices;
using System.Text;

namespace Vitrine.Provenance.Ledger;

/// <summary>The members of a leaf envelope as views of its bytes: what <see cref="LeafEnvelope"/> is, before anything is copied out.</summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct LeafSpans
{
    public ReadOnlySpan<byte> Tenant, Stream, Type, Manifest;
    public long Version, Sequence, RecordedAt;
    public TreeHash Commitment;
    public TreeHash? PolicyDigest, FileSha256;
    public bool HasManifest;

    public static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
