using System.Security.Cryptography;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>The picture that a job begins at is not there any more, or is not what the record says.</summary>
public sealed class StartGoneException(string message) : Exception(message);

/// <summary>The picture that a job begins at, read once for all that it makes.</summary>
/// <param name="Begin">For the engine.</param>
/// <param name="File">The whole file as it came in, for the credentials.</param>
/// <param name="MaskFile">Likewise that of the mask; null where there is none.</param>
/// <param name="Brought">The record of its taking in; null for a picture that was made here.</param>
/// <param name="BroughtMask">Likewise of the mask.</param>
public sealed record StartPicture(JobStart Record, ImageStart Begin, ReadOnlyMemory<byte> File, byte[]? MaskFile, InputView? Brought, InputView? BroughtMask)
{
    private CredentialIngredient? _ingredient, _mask;

    /// <summary>As a parent, with what the check of it came to when it was taken in, whoever is trusted now. Made for the first of a job's pictures; the others have it from there.</summary>
    public CredentialIngredient Ingredient(TrustAnchors anchors, DateTimeOffset now) =>
        LazyInitializer.EnsureInitialized(ref _ingredient, () => CredentialIngredient.TakeIn(File, IngredientRole.Parent, Record.Picture, anchors, now, recorded: Recorded(File, Brought, anchors)));

    /// <summary>The mask, as what the model looked at; null where there is none, or the picture is its own mask and is the parent already.</summary>
    public CredentialIngredient? MaskIngredient(TrustAnchors anchors, DateTimeOffset now) => MaskFile is null || Record.Mask is null || Record.MaskSha256 == Record.Sha256 ? null
        : LazyInitializer.EnsureInitialized(ref _mask, () => CredentialIngredient.TakeIn(MaskFile, IngredientRole.Input, Record.Mask, anchors, now, recorded: Recorded(MaskFile, BroughtMask, anchors)));

    // Null for a picture of ours, which the job itself takes in. One from before findings were kept is judged as of then by the roots of now.
    private RecordedCheck? Recorded(ReadOnlyMemory<byte> file, InputView? brought, TrustAnchors anchors) => brought is null ? null : brought.Checked is not { } findings ? RecordedCheck.Of(ContentCredentials.Verify(file, anchors, Record.TakenInAt)) : new RecordedCheck(
        brought.Credential switch
        {
            InputCredential.None => CredentialState.None,
            InputCredential.Valid => CredentialState.Valid,
            InputCredential.Trusted => CredentialState.Trusted,
            _ => CredentialState.Invalid,
        },
        [.. findings.Select(finding => new RecordedFinding((FindingKind)finding.Kind, finding.Code, finding.Subject, finding.Ingredient))]);
}

/// <summary>Reads the pictures that jobs begin at. The square in the middle is what the model gets; the mask is cut alike.</summary>
public sealed class StartPictures(IBlobStore blobs, PictureRoom room, IGrainFactory grains)
{
    /// <summary>Pixels a side beyond which a picture is reduced before it goes to an engine: no model sees more.</summary>
    private const int EnoughPixels = 1024;

    /// <summary>Null for a job that begins at noise alone.</summary>
    /// <exception cref="StartGoneException">It was deleted, or its bytes are not those on record.</exception>
    public async Task<StartPicture?> Read(TenantId tenant, JobStart? start, CancellationToken cancellation)
    {
        if (start is null) return null;
        var file = await Open(tenant, start.Sha256, cancellation);
        var mask = start.MaskSha256 is { } digest ? await Open(tenant, digest, cancellation) : null;
        var (brought, broughtMask) = (await Brought(tenant, start.Picture, cancellation), await Brought(tenant, start.Mask, cancellation));
        return await room.Look(() => new StartPicture(start, Begin(start, file, mask), file, mask, brought, broughtMask), cancellation);
    }

    private async Task<InputView?> Brought(TenantId tenant, string? id, CancellationToken cancellation) =>
        InputId.TryParse(id, out var input) ? await grains.Input(new(tenant, input)).Get(cancellation) : null;

    private async Task<byte[]> Open(TenantId tenant, string digest, CancellationToken cancellation)
    {
        await using var content = await blobs.Open(new BlobKey(tenant.Value, digest), cancellation) ?? throw new StartGoneException("The store has no bytes for the picture to begin at.");
        var file = await content.ReadAll(cancellation);
        return Convert.ToHexStringLower(SHA256.HashData(file)) == digest ? file : throw new StartGoneException("The bytes of the picture to begin at are not those on record.");
    }

    private static ImageStart.FromPicture Begin(JobStart start, byte[] file, byte[]? mask)
    {
        var picture = Decoded(file);
        var (side, rgb) = CentreSquare.Of(picture.ToRgb(), picture.Width, picture.Height, 3, EnoughPixels);
        if (mask is null) return new ImageStart.FromPicture(new RgbImage(side, side, rgb), start.Strength);
        var drawn = Decoded(mask);
        var (_, repaint) = CentreSquare.Of(RepaintOf(drawn), drawn.Width, drawn.Height, 1, EnoughPixels);
        return new ImageStart.FromPicture(new RgbImage(side, side, rgb), start.Strength, new RepaintMask(side, side, repaint));
    }

    // A mask with transparency says "here" where it is transparent, as image editors and OpenAI's API do; one without says it by white.
    private static byte[] RepaintOf(DecodedImage mask)
    {
        var repaint = new byte[mask.Width * mask.Height];
        for (var pixel = 0; pixel < repaint.Length; pixel++)
        {
            var rgba = mask.Rgba.AsSpan(4 * pixel, 4);
            repaint[pixel] = mask.HasAlpha ? (byte)(255 - rgba[3]) : (byte)((2126 * rgba[0] + 7152 * rgba[1] + 722 * rgba[2] + 5000) / 10000);
        }
        return repaint;
    }

    private static DecodedImage Decoded(byte[] file) =>
        ImageDecoder.Decode(file) is DecodeResult.Decoded { Image: var image } ? image : throw new StartGoneException("The picture to begin at cannot be opened.");
}
