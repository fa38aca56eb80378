using System.ComponentModel;
using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>A picture in another size or format: a new asset with the first as its parent, made by a job that no model has a hand in.</summary>
internal static class RenditionsApi
{
    public static void MapRenditionsApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/assets/{id}/renditions", Submit).Needs(Scopes.Generate).WithName("SubmitRendition")
            .WithSummary("Ask for a picture in another size or format, for a thumbnail or a channel. It becomes a new asset, signed, with this one as its parent; the answer is that of a job.")
            .Accepts<RenditionRequest>("application/json").Produces<JobReceipt>(202).Refuses(400, 404, 410, 413, 415, 422, 429);

    private static async Task Submit(string id, HttpContext http, JobSubmission submission, IGrainFactory grains)
    {
        var ct = http.RequestAborted;
        using var body = await StrictJson.Read(http, ct);
        var (fields, error) = body.Error is null ? RenditionFields.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var tenant = http.Principal().Tenant;
        GrainCalls.For(tenant);
        if (!AssetId.TryParse(id, out var asset) || await grains.Asset(new(tenant, asset)).Get(ct) is not { } view) await http.Answer(ErrorAnswer.NotFound);
        else if (view.ErasedAt is not null) await http.Answer(ErrorAnswer.Erased);
        else if (view.Frames is not null) await http.Answer(ErrorAnswer.Invalid(new FieldError("/id", "invalid_value", "This is a clip; renditions are made of pictures.")));
        else await submission.Submit(http, body.Bytes, fields!.Project, (principal, project, digest) => fields.Command(principal, project, digest, view));
    }
}

/// <summary>The body of <c>POST /v1/assets/{id}/renditions</c> as the OpenAPI document shows it; <see cref="RenditionFields"/> reads it.</summary>
internal sealed record RenditionRequest
{
    [Description(PictureSize.Rule + " What does not fit its proportions is cut off at both sides alike. Absent for the picture's own size.")] public string? Size { get; init; }
    [Description("png, jpeg or webp; absent for the picture's own.")] public string? Format { get; init; }
    [Description("0 to 100 for jpeg and webp; default 90.")] public int? Quality { get; init; }
    [Description("The project that pays; absent for the project of the API key.")] public string? Project { get; init; }
    [Description("A name for the creative thread that the job belongs to.")] public string? Session { get; init; }
    [Description("fast, relax or turbo; default fast.")] public string? Speed { get; init; }
    [Description("Where it will be shown, as in a job; it decides the labels.")] public IReadOnlyList<string>? Markets { get; init; }
    [Description("Where it will be published, as in a job.")] public string? Channel { get; init; }
    [Description("As in a job.")] public bool? MayPassAsReal { get; init; }
    [Description("At most 16 texts of at most 512 characters, with names of at most 64.")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>The same, checked.</summary>
internal sealed record RenditionFields(PictureSize? Size, PictureFormat? Format, int Quality, string? Project, string? Session, Speed Speed, Audience? Audience, IReadOnlyDictionary<string, string>? Metadata)
{
    public static (RenditionFields? Fields, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var read = new RenditionFields(
            JobFields.SizeOf(fields, isClip: false), fields.Choice("format", ("png", PictureFormat.Png), ("jpeg", PictureFormat.Jpeg), ("webp", PictureFormat.Webp)), JobFields.QualityOf(fields),
            fields.Name("project"), fields.Name("session"), JobFields.SpeedOf(fields), JobFields.AudienceOf(fields), JobFields.MetadataOf(fields));
        return fields.Error() is { } error ? (null, error) : (read, null);
    }

    /// <param name="of">The picture that it is made of.</param>
    public SubmitJob Command(Principal principal, ProjectId project, string digest, AssetView of) => new(
        principal, project, principal.User, Session, digest, Dialect.Native.Name, Prompt: "", NegativePrompt: null, Model: null, Images: 1, Size?.Width ?? of.Width, Size?.Height ?? of.Height, of.Seed,
        Steps: null, Guidance: null, Format ?? PictureFormats.Of(of.MediaType), Quality, Speed, Previews: 0, Metadata, RandomSeed: 0, Start: new AskedStart(of.Id, null, 0), Audience: Audience);
}
