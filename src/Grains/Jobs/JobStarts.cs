using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;

namespace Vitrine.Grains.Jobs;

/// <summary>Finds the picture that a job shall begin at, and its mask, by their ids: inputs of the tenant and pictures that were made for it.</summary>
internal static class JobStarts
{
    private const string Picture = "image", Mask = "mask", Strength = "strength";

    /// <summary>What is on record about the wish, or which field is at fault. An id of another tenant is an id of nothing.</summary>
    public static async Task<(JobStart? Start, Refusal? Refusal)> Resolve(IGrainFactory grains, TenantId tenant, AskedStart asked, ModelCard model, DateTimeOffset now, CancellationToken cancellation)
    {
        if (asked.Strength == 0) return await Rendition(grains, tenant, asked, now, cancellation);
        if (!model.TakesPictures) return (null, No(Picture, $"'{model.Name}' cannot begin at a picture; describe it in the prompt."));
        if (asked.Mask is null && asked.Strength >= 1) return (null, No(Strength, "At a strength of 1 nothing is left of the picture; choose less, give a mask, or leave the picture out."));
        if (!(asked.Strength > 0 && asked.Strength <= 1)) return (null, No(Strength, "A strength is above 0 and at most 1."));
        if (await Find(grains, tenant, asked.Picture, now, cancellation) is not { } picture) return (null, No(Picture, Nothing(asked.Picture)));
        if (asked.Mask is null) return (new JobStart(asked.Picture, picture.Sha256, picture.TakenInAt, asked.Strength), null);
        if (await Find(grains, tenant, asked.Mask, now, cancellation) is not { } mask) return (null, No(Mask, Nothing(asked.Mask)));
        return (mask.Width, mask.Height) == (picture.Width, picture.Height)
            ? (new JobStart(asked.Picture, picture.Sha256, picture.TakenInAt, asked.Strength, asked.Mask, mask.Sha256), null)
            : (null, No(Mask, string.Create(CultureInfo.InvariantCulture, $"A mask is as large as its picture, {picture.Width}x{picture.Height}, not {mask.Width}x{mask.Height}.")));
    }

    private static async Task<(JobStart? Start, Refusal? Refusal)> Rendition(IGrainFactory grains, TenantId tenant, AskedStart asked, DateTimeOffset now, CancellationToken cancellation) =>
        asked.Mask is not null ? (null, No(Strength, "At a strength of 0 nothing under the mask would be painted anew."))
        : await Find(grains, tenant, asked.Picture, now, cancellation) is { } picture ? (new JobStart(asked.Picture, picture.Sha256, picture.TakenInAt, 0), null)
        : (null, No(Picture, Nothing(asked.Picture)));

    private static async Task<Found?> Find(IGrainFactory grains, TenantId tenant, string id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (InputId.TryParse(id, out var input))
            return await grains.Input(new(tenant, input)).Get(cancellation) is { DeletedAt: null } brought ? new Found(brought.Sha256, brought.Width, brought.Height, brought.ReceivedAt) : null;
        // A picture of ours is taken in now; of its files the newest counts. A clip is no picture.
        return AssetId.TryParse(id, out var asset) && await grains.Asset(new(tenant, asset)).Get(cancellation) is { ErasedAt: null, Frames: null } made
            ? new Found(made.OfNewestFile().Sha256, made.Width, made.Height, now) : null;
    }

    private static Refusal No(string field, string sentence) => new(Refused.InvalidValue, sentence, field);

    private static string Nothing(string id) => $"There is no picture {new string([.. id.Take(64).Where(char.IsAsciiLetterOrDigit)])} here: send one with POST /v1/inputs, or name one that was made.";

    private readonly record struct Found(string Sha256, int Width, int Height, DateTimeOffset TakenInAt);
}
