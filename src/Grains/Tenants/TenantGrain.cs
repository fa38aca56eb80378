using Marten;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Projects;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Users;

namespace Vitrine.Grains.Tenants;

/// <summary>Owns a brand: its name, its API keys, its budget.</summary>
[GrainType("vitrine.tenant")]
public sealed class TenantGrain(AccountParts parts, SubjectKeys keys, PersonalText texts) : AccountGrain(parts), ITenantGrain
{
    protected override TenantId Tenant => new(this.GetPrimaryKeyString());
    protected override string AccountKey => AccountName.Tenant;

    public async Task<Outcome<TenantView>> Create(CreateTenant command, CancellationToken cancellation)
    {
        if (Tenant == TenantId.Platform || await Loaded(cancellation) is not null)
            return new Refusal(Refused.AlreadyExists, $"A tenant '{Tenant}' exists already; choose another id.", "id");
        await Record(0, [new TenantCreated(command.Name, Now)], cancellation);
        return View(Tenant.Value, Member!);
    }

    public async Task<TenantView?> Get(CancellationToken cancellation) => await Loaded(cancellation) is { } member ? View(Tenant.Value, member) : null;

    public async Task<Outcome<KeyView>> IssueKey(IssueKey command, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is null) return new Refusal(Refused.NotFound, "There is no such tenant.");
        await using var session = Parts.Store.QuerySession(Tenant.Value);
        if (command.Project is { } project && await session.LoadAsync<Member>(AccountName.Of(project), cancellation) is null)
            return new Refusal(Refused.InvalidValue, $"There is no project '{project}'; create it first.", "project");
        if (command.User is { } user)
        {
            if (await session.LoadAsync<Member>(AccountName.Of(user), cancellation) is not { } member)
                return new Refusal(Refused.InvalidValue, $"There is no user '{user}'; register it first.", "user");
            if (member.IsClosed) return new Refusal(Refused.InvalidValue, $"The user '{user}' was erased; a key can be bound to another one.", "user");
        }
        if (await keys.ForSealing(Tenant, command.User?.Value, cancellation) is not { } subject) return Refusal.UserErased;

        var issued = new KeyIssued(command.Key.Value, command.SecretDigest, command.Scopes, command.Project?.Value, command.User?.Value, command.Name ?? "", command.ExpiresAt, Now);
        var stream = ApiKey.StreamOf(command.Key);
        await Parts.Journal.Append(Commit.Of(Tenant, StreamAppend.Start(stream, PersonalText.Seal(subject, stream, issued))), cancellation);
        return ApiKey.Apply(null, stream, issued)!.View;
    }

    public async Task<Outcome<KeyView>> RevokeKey(KeyId key, CancellationToken cancellation)
    {
        var stream = ApiKey.StreamOf(key);
        await using var session = Parts.Store.QuerySession(Tenant.Value);
        if (await session.LoadAsync<ApiKey>(stream, cancellation) is not { } known) return new Refusal(Refused.NotFound, "There is no such key.");
        if (known.View.RevokedAt is not null) return (await texts.Open(Tenant, [known], cancellation))[0].View;
        var revoked = new KeyRevoked(Now);
        await Parts.Journal.Append(Commit.Of(Tenant, StreamAppend.Continue(stream, 1, known, revoked)), cancellation);
        return (await texts.Open(Tenant, [ApiKey.Apply(known, stream, revoked)!], cancellation))[0].View;
    }

    internal static TenantView View(string id, Member member) => new(id, member.Name, member.CreatedAt, member.Limits);
}
