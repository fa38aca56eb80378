namespace Vitrine.Silo;

/// <summary>
/// The tables and queries that Orleans' ADO.NET membership provider reads (its packages carry no scripts). Names of columns and parameters are
/// the provider's interface; the statements are ours: each change of a row and of the table's version is one statement, so that it happens as a
/// whole or not at all.
/// </summary>
public static class MembershipSchema
{
    public const string Ddl = """
        create table if not exists orleansquery (querykey varchar(64) primary key, querytext varchar(8000) not null);

        create table if not exists orleansmembershipversiontable (
            deploymentid varchar(150) primary key,
            timestamp    timestamptz(3) not null default now(),
            version      integer not null default 0
        );

        create table if not exists orleansmembershiptable (
            deploymentid varchar(150) not null references orleansmembershipversiontable,
            address      varchar(45) not null,
            port         integer not null,
            generation   integer not null,
            siloname     varchar(150) not null,
            hostname     varchar(150) not null,
            status       integer not null,
            proxyport    integer,
            suspecttimes varchar(8000),
            starttime    timestamptz(3) not null,
            iamalivetime timestamptz(3) not null,
            primary key (deploymentid, address, port, generation)
        );

        insert into orleansquery (querykey, querytext) values
        ('UpdateIAmAlivetimeKey', '
            update orleansmembershiptable set iamalivetime = @IAmAliveTime
            where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation'),
        ('InsertMembershipVersionKey', '
            with made as (insert into orleansmembershipversiontable (deploymentid) values (@DeploymentId) on conflict do nothing returning 1)
            select count(*)::integer from made'),
        ('InsertMembershipKey', '
            with moved as (
                update orleansmembershipversiontable set timestamp = now(), version = version + 1
                where deploymentid = @DeploymentId and version = @Version
                  and not exists (select 1 from orleansmembershiptable
                                  where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
                returning 1),
            made as (
                insert into orleansmembershiptable (deploymentid, address, port, generation, siloname, hostname, status, proxyport, starttime, iamalivetime)
                select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from moved
                returning 1)
            select count(*)::integer from made'),
        ('UpdateMembershipKey', '
            with moved as (
                update orleansmembershipversiontable set timestamp = now(), version = version + 1
                where deploymentid = @DeploymentId and version = @Version
                  and exists (select 1 from orleansmembershiptable
                              where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
                returning 1),
            changed as (
                update orleansmembershiptable set status = @Status, suspecttimes = @SuspectTimes, iamalivetime = @IAmAliveTime
                where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation and exists (select 1 from moved)
                returning 1)
            select count(*)::integer from changed'),
        ('MembershipReadRowKey', '
            select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes, m.starttime, m.iamalivetime, v.version
            from orleansmembershipversiontable v
            left join orleansmembershiptable m on m.deploymentid = v.deploymentid and m.address = @Address and m.port = @Port and m.generation = @Generation
            where v.deploymentid = @DeploymentId'),
        ('MembershipReadAllKey', '
            select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes, m.starttime, m.iamalivetime, v.version
            from orleansmembershipversiontable v left join orleansmembershiptable m on m.deploymentid = v.deploymentid
            where v.deploymentid = @DeploymentId'),
        ('DeleteMembershipTableEntriesKey', '
            with gone as (delete from orleansmembershiptable where deploymentid = @DeploymentId)
            delete from orleansmembershipversiontable where deploymentid = @DeploymentId'),
        ('CleanupDefunctSiloEntriesKey', '
            delete from orleansmembershiptable where deploymentid = @DeploymentId and status = 6 and iamalivetime < @IAmAliveTime'),
        ('GatewaysQueryKey', '
            select address, proxyport, generation from orleansmembershiptable
            where deploymentid = @DeploymentId and status = @Status and proxyport > 0')
        on conflict (querykey) do update set querytext = excluded.querytext where orleansquery.querytext <> excluded.querytext;
        """;
}
