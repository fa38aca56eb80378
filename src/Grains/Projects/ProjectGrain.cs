using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Projects;

/// <summary>Owns a project: its model allow-list and its budget.</summary>
[GrainType("vitrine.project")]
public sealed class ProjectGrain(AccountParts parts, UsageReader usage) : AccountGrain(parts), IProjectGrain
{
    private ProjectKey Key => ProjectKey.Parse(this.GetPrimaryKeyString());
    protected override TenantId Tenant => Key.Tenant;
    protected override string AccountKey => AccountName.Of(Key.Project);

    public async Task<Outcome<ProjectView>> Create(CreateProject command, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not null) return new Refusal(Refused.AlreadyExists, $"A project '{Key.Project}' exists already; choose another id.", "id");
        await Record(0, [new ProjectCreated(command.Name, command.Models, Now)], cancellation);
        return View(Member!);
    }

    public async Task<ProjectView?> Get(CancellationToken cancellation) => await Loaded(cancellation) is { } member ? View(member) : null;

    public async Task<UsageView?> Usage(string? period, CancellationToken cancellation) =>
        await Loaded(cancellation) is { } member ? await usage.Read(Tenant, Key.Project, period ?? PeriodOf(Now), member.Limits.CreditsPerMonth, cancellation) : null;

    internal static ProjectView View(Member member) => new(AccountName.NameIn(member.Id), member.Name, member.CreatedAt, member.Limits, member.Models);
}
