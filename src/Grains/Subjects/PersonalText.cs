using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Tenants;
using Vitrine.Grains.Users;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Subjects;

/// <summary>
/// What of events and views is personal: sealed before it is appended, opened when it is told. Between the two, in streams, views and the memory of grains, it is closed.
/// Everything else of the platform treats a sealed text as the bytes that it is.
/// </summary>
public sealed partial class PersonalText(SubjectKeys keys, ILogger<PersonalText> log)
{
    private const string Request = "job.prompt_submitted", Screening = "job.prompt_screened", User = "user.registered", Key = "key.issued";

    /// <summary>The event as it is stored: an event with something personal in it, with that closed.</summary>
    public static object Seal(Subject subject, string stream, object happened) => happened switch
    {
        PromptSubmitted e => e with
        {
            Prompt = null, NegativePrompt = null, EndPrompt = null, Metadata = null, EndUser = null, RequestDigest = subject.Digest(e.RequestDigest), HasNegativePrompt = e.NegativePrompt is not null,
            Personal = subject.Seal(stream, Request, Bytes(new RequestTexts(e.Prompt!, e.NegativePrompt, e.Metadata, e.EndUser, e.RequestDigest, e.EndPrompt), PersonalJson.Default.RequestTexts)),
        },
        // A digest of a short text tells the text to whoever guesses it.
        PromptScreened e => e with { NormalisedDigest = null, Personal = subject.Seal(stream, Screening, Bytes(new ScreeningTexts(e.NormalisedDigest!), PersonalJson.Default.ScreeningTexts)) },
        UserRegistered e => e with { Name = null, Personal = subject.Seal(stream, User, Bytes(new NameText(e.Name!), PersonalJson.Default.NameText)) },
        KeyIssued e => e with { Name = null, Personal = subject.Seal(stream, Key, Bytes(new NameText(e.Name!), PersonalJson.Default.NameText)) },
        _ => happened,
    };

    public async ValueTask<JobView> Open(TenantId tenant, JobView job, CancellationToken cancellation) => (await Open(tenant, [job], cancellation))[0];

    public async ValueTask<IReadOnlyList<JobView>> Open(TenantId tenant, IReadOnlyList<JobView> jobs, CancellationToken cancellation)
    {
        var people = await keys.ForOpening(tenant, jobs.Select(job => job.Personal?.Subject).OfType<string>(), cancellation);
        // Jobs of the time before texts were sealed.
        var gone = new Dictionary<string, bool>();
        foreach (var user in jobs.Where(job => job.Personal is null).Select(job => job.User).OfType<string>().Distinct()) gone[user] = await keys.IsErased(tenant, user, cancellation);
        var opened = new JobView[jobs.Count];
        for (var i = 0; i < opened.Length; i++)
        {
            var job = jobs[i];
            if (job.Personal is null) opened[i] = job.User is { } user && gone[user] ? Closed(job) : job;
            else if (people[job.Personal.Subject] is not { } subject) opened[i] = Closed(job);
            else if (Read(subject, tenant, job.Id, Request, job.Personal, PersonalJson.Default.RequestTexts) is { } texts)
                opened[i] = job with { Prompt = texts.Prompt, NegativePrompt = texts.NegativePrompt, Metadata = texts.Metadata, EndUser = texts.EndUser, EndPrompt = texts.EndPrompt, RequestDigest = texts.RequestDigest, Personal = null };
            else opened[i] = job with { Personal = null };
        }
        return opened;

        static JobView Closed(JobView job) => job with { Prompt = null, NegativePrompt = null, EndPrompt = null, Metadata = null, EndUser = null, Personal = null, IsErased = true };
    }

    /// <summary>Their names; empty for people who were erased.</summary>
    public async ValueTask<IReadOnlyList<Member>> Open(TenantId tenant, IReadOnlyList<Member> members, CancellationToken cancellation)
    {
        var people = await keys.ForOpening(tenant, members.Select(member => member.Personal?.Subject).OfType<string>(), cancellation);
        return [.. members.Select(member => member.Personal is { } text ? member with { Name = NameOf(people, tenant, member.Id, User, text), Personal = null } : member)];
    }

    /// <summary>The keys' names; empty for those of people who were erased.</summary>
    public async ValueTask<IReadOnlyList<ApiKey>> Open(TenantId tenant, IReadOnlyList<ApiKey> issued, CancellationToken cancellation)
    {
        var people = await keys.ForOpening(tenant, issued.Select(key => key.Personal?.Subject).OfType<string>(), cancellation);
        return [.. issued.Select(key => key.Personal is { } text ? key with { View = key.View with { Name = NameOf(people, tenant, key.Id, Key, text) }, Personal = null } : key)];
    }

    /// <summary>What is in the sealed part of a stored event, with the salt of its commitment; null when there is none, or its person was erased.</summary>
    /// <param name="data">The event as JSON.</param>
    public async ValueTask<(byte[] Opening, byte[] Salt)?> Open(TenantId tenant, string stream, string type, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (PartOf(data) is not { } text || (await keys.ForOpening(tenant, [text.Subject], cancellation))[text.Subject] is not { } subject) return null;
        if (subject.Open(stream, type, text) is { } opening) return (opening, subject.Salt(stream, type));
        LogAltered(tenant.Value, stream, type);
        return null;
    }

    /// <summary>Whether the person who asked for a job was erased.</summary>
    public async ValueTask<bool> IsErased(TenantId tenant, JobView job, CancellationToken cancellation) => job.User is not null && await keys.IsErased(tenant, job.User, cancellation);

    private static SealedText? PartOf(ReadOnlyMemory<byte> data)
    {
        using var document = JsonDocument.Parse(data, new() { MaxDepth = CanonicalJson.MaxDepth });
        if (!SealedPart.Of(document.RootElement).Found) return null;
        try
        {
            return document.RootElement.GetProperty(SealedPart.Member).Deserialize(PersonalJson.Default.SealedText) is { Subject: not null, Box: not null, Commitment: not null } text ? text : null;
        }
        catch (JsonException)
        {
            // Somebody changed it; whoever checks the event against the log says so.
            return null;
        }
    }

    private string NameOf(IReadOnlyDictionary<string, Subject?> people, TenantId tenant, string stream, string type, SealedText text) =>
        people[text.Subject] is { } subject && Read(subject, tenant, stream, type, text, PersonalJson.Default.NameText) is { } opened ? opened.Name : "";

    // A box that was changed in the database is told as nothing, and loudly here: one such row must not take a whole list away from everybody.
    private T? Read<T>(Subject subject, TenantId tenant, string stream, string type, SealedText text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json) where T : class
    {
        if (subject.Open(stream, type, text) is { } bytes) return JsonSerializer.Deserialize(bytes, json);
        LogAltered(tenant.Value, stream, type);
        return null;
    }

    private static byte[] Bytes<T>(T texts, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json) => JsonSerializer.SerializeToUtf8Bytes(texts, json);

    [LoggerMessage(LogLevel.Error, "The sealed part of {Type} in {Stream} of {Tenant} does not open: it was altered in the store")]
    private partial void LogAltered(string tenant, string stream, string type);
}

/// <summary>The personal part of <see cref="PromptSubmitted"/>; the names are those of the members that it stands for.</summary>
internal sealed record RequestTexts(string Prompt, string? NegativePrompt, IReadOnlyDictionary<string, string>? Metadata, string? EndUser, string RequestDigest, string? EndPrompt = null);

/// <summary>The personal part of <see cref="PromptScreened"/>.</summary>
internal sealed record ScreeningTexts(string NormalisedDigest);

/// <summary>The personal part of <see cref="UserRegistered"/> and <see cref="KeyIssued"/>.</summary>
internal sealed record NameText(string Name);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RequestTexts))]
[JsonSerializable(typeof(ScreeningTexts))]
[JsonSerializable(typeof(NameText))]
[JsonSerializable(typeof(SealedText))]
internal sealed partial class PersonalJson : JsonSerializerContext;
