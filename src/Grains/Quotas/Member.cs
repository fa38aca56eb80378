using System.Text.Json.Serialization;
using JasperFx.Events;
using Marten.Events.Aggregation;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Projects;
using Vitrine.Grains.Subjects;
using Vitrine.Grains.Tenants;
using Vitrine.Grains.Users;

namespace Vitrine.Grains.Quotas;

public enum MemberKind { Tenant = 0, Project = 1, User = 2 }

/// <summary>A tenant, project or user as the store keeps it: what it is called and what bounds it. The three differ in little else.</summary>
/// <param name="Personal">A user's name, sealed; null where it stands in <paramref name="Name"/>.</param>
/// <param name="ErasingSince">Since when a user is being erased; null before and after.</param>
/// <param name="Erased">What was erased of a user; null before.</param>
public sealed record Member(
    string Id, MemberKind Kind, string Name, DateTimeOffset CreatedAt, Limits Limits, IReadOnlyList<string>? Models, long Revision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SealedText? Personal = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ErasingSince = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Erasure? Erased = null)
{
    /// <summary>Nothing new is accepted of a user who is erased or about to be.</summary>
    [JsonIgnore] public bool IsClosed => ErasingSince is not null || Erased is not null;

    public static Member? Apply(Member? member, string id, object happened) => (member, happened) switch
    {
        (null, TenantCreated e) => new Member(id, MemberKind.Tenant, e.Name, e.At, Limits.None, null, 1),
        (null, ProjectCreated e) => new Member(id, MemberKind.Project, e.Name, e.At, Limits.None, e.Models, 1),
        (null, UserRegistered e) => new Member(id, MemberKind.User, e.Name ?? "", e.At, Limits.None, null, 1, e.Personal),
        (not null, LimitsSet e) => member with { Limits = e.Limits, Revision = member.Revision + 1 },
        (not null, UserErasureBegun e) when !member.IsClosed => member with { ErasingSince = e.At, Revision = member.Revision + 1 },
        (not null, UserErased e) when member.Erased is null => member with
        {
            ErasingSince = null, Revision = member.Revision + 1,
            Erased = new(member.ErasingSince ?? e.At, e.At, new(e.Jobs, e.JobsCanceled, e.Assets, e.PlainRecords, e.Inputs), member.Revision + 1),
        },
        (not null, _) => member with { Revision = member.Revision + 1 },
        _ => null,
    };
}

public sealed partial class MemberProjection : SingleStreamProjection<Member, string>
{
    public override Member? Evolve(Member? snapshot, string id, IEvent e) => Member.Apply(snapshot, id, e.Data);
}

/// <summary>Names of accounts within a tenant; the stream of the member has the same name.</summary>
public static class AccountName
{
    public const string Tenant = "tenant";
    private const string ProjectPrefix = "project/";
    private const string UserPrefix = "user/";

    public static string Of(ProjectId project) => ProjectPrefix + project.Value;
    public static string Of(UserId user) => UserPrefix + user.Value;
    public static string NameIn(string account) => account[(account.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
